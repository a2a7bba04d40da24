#include "fd_watcher.hpp"

#if !defined(_WIN32)

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace greenroom {

struct FdWatchers::Watcher {
  Watcher(FdWatchers* owner_, int id_, int fd_, v8::Local<v8::Function> function)
      : owner(owner_), id(id_), fd(fd_), on_ready(owner_->isolate_, function) {
    poll.data = this;
  }

  FdWatchers* const owner;
  const int id;
  const int fd;  // the duplicate
  v8::Global<v8::Function> on_ready;
  uv_poll_t poll{};
};

FdWatchers::FdWatchers(v8::Isolate* isolate) : isolate_(isolate) {
  // The asynchronous form: closing a handle takes another turn of the loop, and
  // an environment that ends with an open handle aborts the process.
  cleanup_hook_ = node::AddEnvironmentCleanupHook(isolate, &FdWatchers::OnEnvironmentEnd, this);
}

int FdWatchers::Start(int fd, int events, v8::Local<v8::Function> on_ready) {
  const int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) return -errno;
  const int flags = fcntl(duplicate, F_GETFL);
  auto* watcher = new Watcher(this, last_id_ + 1, duplicate, on_ready);
  const int error = uv_poll_init(node::GetCurrentEventLoop(isolate_), &watcher->poll, duplicate);
  if (error != 0) {
    delete watcher;  // libuv has not taken the handle up
    close(duplicate);
    return error;
  }
  // libuv makes it non-blocking, which polling does not need and the caller, whose flags these are too, may not expect.
  if (flags >= 0) fcntl(duplicate, F_SETFL, flags);
  watchers_.emplace(++last_id_, watcher);
  const int started = uv_poll_start(&watcher->poll, events, &FdWatchers::OnReady);
  if (started != 0) Stop(watcher->id);
  return started != 0 ? started : last_id_;
}

void FdWatchers::Stop(int id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  Watcher* watcher = found->second;
  watchers_.erase(found);
  closing_++;
  uv_close(reinterpret_cast<uv_handle_t*>(&watcher->poll), &FdWatchers::OnClosed);
  close(watcher->fd);  // libuv is done with it, and the peer may be waiting for the last one to go
}

// `status` is an error when the descriptor has one: reading or writing tells it better.
void FdWatchers::OnReady(uv_poll_t* poll, int, int) {
  auto* watcher = static_cast<Watcher*>(poll->data);
  v8::Isolate* isolate = watcher->owner->isolate_;
  v8::HandleScope scope(isolate);
  const v8::Local<v8::Function> on_ready = watcher->on_ready.Get(isolate);
  watcher->owner->Stop(watcher->id);
  // Runs ticks and microtasks afterwards; empty if the environment is ending.
  if (node::MakeCallback(isolate, on_ready, on_ready, 0, nullptr, {0, 0}).IsEmpty()) return;
}

void FdWatchers::OnClosed(uv_handle_t* handle) {
  auto* watcher = static_cast<Watcher*>(handle->data);
  FdWatchers* owner = watcher->owner;
  delete watcher;
  owner->closing_--;
  owner->DeleteOnceClosed();
}

void FdWatchers::OnEnvironmentEnd(void* self, Done done, void* done_argument) {
  auto* watchers = static_cast<FdWatchers*>(self);
  watchers->done_ = done;
  watchers->done_argument_ = done_argument;
  while (!watchers->watchers_.empty()) watchers->Stop(watchers->watchers_.begin()->first);
  watchers->DeleteOnceClosed();
}

void FdWatchers::DeleteOnceClosed() {
  if (done_ == nullptr || closing_ > 0) return;
  const Done done = done_;
  void* const argument = done_argument_;
  delete this;
  done(argument);
}

}  // namespace greenroom

#else

namespace greenroom {
FdWatchers::FdWatchers(v8::Isolate* isolate) : isolate_(isolate) {}
int FdWatchers::Start(int, int, v8::Local<v8::Function>) { return UV_ENOSYS; }
void FdWatchers::Stop(int) {}
}  // namespace greenroom

#endif
