#include "context.hpp"

#include <chrono>
#include <optional>

namespace greenroom {
namespace {

// Gives the isolate up while another stack runs, in the order V8 demands.
class LeaveIsolate {
 public:
  explicit LeaveIsolate(v8::Isolate* isolate) : isolate_(isolate) {
    // Isolate::Enter() nests: an entry left behind would sit on top of the
    // other stack's (ENGINE.md trap 7).
    while (v8::Isolate::TryGetCurrent() == isolate) {
      isolate->Exit();
      entries_++;
    }
    unlocker_.emplace(isolate);
  }

  ~LeaveIsolate() {
    // Node 20 restores the debugger's state while it locks, and for that needs
    // the current isolate (trap 18).
    isolate_->Enter();
    unlocker_.reset();
    // Restoring the archived state overwrites the isolate's own record of its
    // thread, which only a first Enter() sets (trap 19).
    isolate_->Exit();
    for (int i = 0; i < entries_; i++) isolate_->Enter();
  }

 private:
  v8::Isolate* const isolate_;
  int entries_ = 0;
  std::optional<v8::Unlocker> unlocker_;
};

// Asks V8 to terminate and makes it notice now, on this stack: stringifying
// polls for interrupts. Without that, JavaScript would go on to its next check.
void TerminateNow(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  isolate->TerminateExecution();
  v8::Local<v8::String> ignored;
  if (v8::JSON::Stringify(context, v8::Object::New(isolate)).ToLocal(&ignored)) return;
}

double NowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Engine::Engine(v8::Isolate* isolate, v8::Local<v8::Context> context)
    : isolate_(isolate),
      context_(isolate, context),
      gc_guard_(isolate),
      slice_clock_(v8::ArrayBuffer::NewBackingStore(isolate, 2 * sizeof(double))) {}

v8::Local<v8::Float64Array> Engine::SliceClock() {
  return v8::Float64Array::New(v8::ArrayBuffer::New(isolate_, slice_clock_), 0, 2);
}

Engine::~Engine() {
  for (size_t i = 0; i < contexts_.size(); i++) {
    if (contexts_[i] != nullptr) Discard(contexts_[i].get());
  }
}

bool Engine::Configure(const SwitchKind* forced, size_t stack_bytes) {
  stack_bytes_ = stack_bytes;
#if defined(_WIN32)
  return false;
#endif
  const auto wanted = [forced](SwitchKind kind) { return forced == nullptr || *forced == kind; };
  if (wanted(SwitchKind::kId) && kHasStackSwitch && identity_.Find(isolate_)) {
    kind_ = SwitchKind::kId;
  } else if (wanted(SwitchKind::kTls) && kHasStackSwitch) {
    kind_ = SwitchKind::kTls;
  } else if (wanted(SwitchKind::kThread)) {
    kind_ = SwitchKind::kThread;
  } else {
    return false;
  }
  configured_ = true;
  return true;
}

std::unique_ptr<Fiber> Engine::NewFiber(void* argument) {
  switch (kind_) {
    case SwitchKind::kId:
      return MakeIdFiber(&identity_, stack_bytes_, &Context::Main, argument);
    case SwitchKind::kTls:
      return MakeTlsFiber(stack_bytes_, &Context::Main, argument);
    default:
      return MakeThreadFiber(stack_bytes_, &Context::Main, argument);
  }
}

int Engine::Create(v8::Local<v8::Function> main, const char** limit) {
  *limit = LimitReached(stack_bytes_);
  if (*limit != nullptr) return -1;
  const bool reuse = !free_indexes_.empty();
  const int index = reuse ? free_indexes_.back() : static_cast<int>(contexts_.size());
  auto context = std::make_unique<Context>(this, index, main);
  context->fiber_ = NewFiber(context.get());
  if (context->fiber_ == nullptr) {
    *limit = kind_ == SwitchKind::kId ? "vm.max_map_count or the memory limit"
                                      : "the limit of threads (ulimit -u, pids.max) or of memory";
    return -1;
  }
  if (reuse) {
    free_indexes_.pop_back();
    contexts_[index] = std::move(context);
  } else {
    contexts_.push_back(std::move(context));
  }
  return index;
}

Context* Engine::Find(int index) const {
  if (index < 0 || static_cast<size_t>(index) >= contexts_.size()) return nullptr;
  Context* context = contexts_[index].get();
  return context == nullptr || context->running_ ? nullptr : context;
}

bool Engine::Resume(Context* context) {
  v8::HandleScope scope(isolate_);
  const AsyncFrame frame = GetAsyncFrame(isolate_);
  context->resumer_ = current_;
  context->running_ = true;
  current_ = context;
  const double start = NowMs();
  {
    LeaveIsolate leave(isolate_);
    context->fiber_->SwitchIn();
  }
  auto* const slice_clock = static_cast<double*>(slice_clock_->Data());
  slice_clock[1] = NowMs();
  slice_clock[0] = slice_clock[1] - start;
  current_ = context->resumer_;
  context->running_ = false;
  SetAsyncFrame(isolate_, frame);
  if (!context->ended_) return true;

  // worker.terminate() interrupts whichever stack is running; hand it on to
  // the one below, or the event loop would never learn of it.
  const bool terminated = context->terminated_by_host_;
  free_indexes_.push_back(context->index_);
  contexts_[context->index_].reset();
  if (terminated) TerminateNow(isolate_, this->context());
  return false;
}

void Engine::Discard(Context* context) {
  context->discarding_ = true;
  Resume(context);
}

void Engine::Trim(Context* context) { context->fiber_->Trim(); }

void Engine::Suspend(bool keep_async_frame) {
  Context* context = current_;
  v8::HandleScope scope(isolate_);
  AsyncFrame frame;  // left empty by an idle context, which must not keep the last task's stores alive
  if (keep_async_frame) frame = GetAsyncFrame(isolate_);
  {
    LeaveIsolate leave(isolate_);
    context->fiber_->SwitchOut();
  }
  if (keep_async_frame) SetAsyncFrame(isolate_, frame);
  if (context->discarding_) TerminateNow(isolate_, this->context());
}

size_t Engine::StackUsed() const {
  if (current_ == nullptr) return 0;
  return static_cast<size_t>(current_->entry_ - static_cast<const char*>(__builtin_frame_address(0)));
}

void Context::Main(void* self) {
  auto* context = static_cast<Context*>(self);
  context->entry_ = static_cast<const char*>(__builtin_frame_address(0));
  v8::Isolate* isolate = context->engine_->isolate();
  {
    // Enter before locking, and once more after it: traps 18 and 19, as above.
    v8::Isolate::Scope current(isolate);
    v8::Locker lock(isolate);
    isolate->Exit();
    isolate->Enter();
    // Plain V8 scopes: Node-API counts its own around every callback and aborts
    // when a switch comes in between (trap 5).
    v8::HandleScope scope(isolate);
    if (!context->discarding_) {
      v8::Local<v8::Context> realm = context->engine_->context();
      v8::Context::Scope in_realm(realm);
      v8::TryCatch try_catch(isolate);
      const bool returned = !context->main_.Get(isolate)->Call(realm, v8::Undefined(isolate), 0, nullptr).IsEmpty();
      context->terminated_by_host_ = !returned && !context->discarding_;
      if (!returned) isolate->CancelTerminateExecution();
    }
    context->main_.Reset();
    context->ended_ = true;
  }
  isolate->DiscardThreadSpecificMetadata();  // this thread id is not used again
}

}  // namespace greenroom
