#include "parked_thread.hpp"

#if !defined(_WIN32)

#include <signal.h>

#include <initializer_list>

namespace greenroom {

bool StartParkedThread(pthread_t* thread, size_t stack_bytes, void* (*main)(void*), void* argument) {
  // Synchronous signals stay open: with kind "thread" JavaScript runs on this
  // thread, and V8 turns SIGSEGV in wasm code into a trap.
  sigset_t blocked, before;
  sigfillset(&blocked);
  for (int synchronous : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&blocked, synchronous);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (error == 0) {
    pthread_sigmask(SIG_SETMASK, &blocked, &before);  // a new thread inherits it
    error = pthread_create(thread, &attributes, main, argument);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  pthread_attr_destroy(&attributes);
  return error == 0;
}

}  // namespace greenroom

#endif
