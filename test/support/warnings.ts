/** The next process warning with this code, and this in its message; others come and go. */
export function warningOf(code: string, text = ''): Promise<Error & { code: string; detail: string }> {
  return new Promise((resolve) => {
    const listener = (warning: Error): void => {
      if ((warning as { code?: string }).code !== code || !warning.message.includes(text)) return;
      process.off('warning', listener);
      resolve(warning as Error & { code: string; detail: string });
    };
    process.on('warning', listener);
  });
}
