// The few words in an OS thread's local storage by which V8 tells threads apart.
// Exchanging them makes one OS thread look like another to V8, while OpenSSL's,
// glibc's and Node's own thread-locals stay as they are (ENGINE.md trap 8).
#pragma once

#include <v8.h>

#include <cstdint>

namespace greenroom {

struct ThreadWords {
  int32_t thread_id = 0;       // v8::internal::ThreadId::Current()
  void* stack_start = nullptr;  // v8::base::Stack::GetStackStart(), cached
  // __cxa_eh_globals of the Itanium C++ ABI: a switch inside a catch block must
  // not hand one stack's caught exception to another.
  void* caught_exceptions = nullptr;
  unsigned int uncaught_exceptions = 0;
};

class ThreadIdentity {
 public:
  // Finds the words of the calling thread. The scan proves itself: the id is
  // the one word whose change makes v8::Locker::IsLocked() false and whose
  // restoration makes it true again; the stack start is the one pointer equal
  // to where this thread's stack starts. False when either is not unique.
  bool Find(v8::Isolate* isolate);

  // Takes a fresh thread id from V8 itself.
  int32_t NewThreadId();

  ThreadWords Exchange(const ThreadWords& words);

 private:
  v8::Isolate* isolate_ = nullptr;
  int32_t* thread_id_ = nullptr;
  void** stack_start_ = nullptr;
};

}  // namespace greenroom
