import { GreenroomError } from '../../errors.ts';

/** A page of a list leads nowhere sensible, or is not what was expected. */
export class HttpPaginationError extends GreenroomError {
  constructor(what: string) {
    super('GREEN_ERR_HTTP_PAGINATION', `A page of the list ${what}.`, { statusCode: 502 });
  }
}
