// A pthread that takes no signals but the synchronous ones: its stack and its
// thread-local storage are lent to a context.
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace greenroom {

// Hands control from one thread to another; each Pass() lets one Take() through.
class Baton {
 public:
  void Pass() {
    // Notified under the lock: the taker may destroy the baton once it has it.
    std::lock_guard<std::mutex> lock(mutex_);
    passed_ = true;
    condition_.notify_one();
  }
  void Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    condition_.wait(lock, [this] { return passed_; });
    passed_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool passed_ = false;
};

// pthread_create with a stack size and signals blocked (ENGINE.md trap 4: a
// handler would push frames onto a stack that a context is using). False when the
// system refuses.
bool StartParkedThread(pthread_t* thread, size_t stack_bytes, void* (*main)(void*), void* argument);

}  // namespace greenroom
