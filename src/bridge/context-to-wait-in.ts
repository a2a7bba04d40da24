// What has to be known before something is started whose outcome is then waited for: in the wrong place, nothing starts.

import { currentContext, type GreenContext, newWaiter } from '../pool/index.ts';

/**
 * The running context, which may suspend.
 *
 * @param call - the public function on whose behalf, for the error message.
 * @throws `GREEN_ERR_WAIT_OUTSIDE_CONTEXT`, `GREEN_ERR_WAIT_FORBIDDEN`
 */
export function contextToWaitIn(call: string): GreenContext {
  newWaiter(call);
  return currentContext() as GreenContext;
}
