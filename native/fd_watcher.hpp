// Waits for file descriptors to become readable or writable, for waitFd().
// One FdWatchers per environment; each wait is a poll handle of its own on a
// duplicate of the descriptor. libuv allows one handle a descriptor, and loses
// track of one that is closed while it polls: a duplicate is only ours.
#pragma once

#include <node.h>
#include <uv.h>
#include <v8.h>

#include <unordered_map>

namespace greenroom {

class FdWatchers {
 public:
  // Deletes itself when the environment ends.
  explicit FdWatchers(v8::Isolate* isolate);

  // Calls `on_ready` once, when `fd` is ready for one of `events` (UV_READABLE,
  // UV_WRITABLE) or has failed. Returns the watcher's number, or a libuv error.
  int Start(int fd, int events, v8::Local<v8::Function> on_ready);
  // Nothing is called any more. Does nothing for a number that is not in use.
  void Stop(int id);

 private:
  struct Watcher;
  using Done = void (*)(void*);

  ~FdWatchers() = default;
  static void OnReady(uv_poll_t* poll, int status, int events);
  static void OnClosed(uv_handle_t* handle);
  static void OnEnvironmentEnd(void* self, Done done, void* done_argument);
  void DeleteOnceClosed();

  v8::Isolate* const isolate_;
  node::AsyncCleanupHookHandle cleanup_hook_;
  std::unordered_map<int, Watcher*> watchers_;
  int last_id_ = 0;
  int closing_ = 0;
  Done done_ = nullptr;  // set once the environment ends
  void* done_argument_ = nullptr;
};

}  // namespace greenroom
