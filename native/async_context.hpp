// V8's continuation-preserved embedder data (CPED): where Node 24 and 26, and 22
// by flag, keep the AsyncLocalStorage frame. Node 20 keeps stores on resources
// and never sets it.
#pragma once

#include <node.h>
#include <v8.h>

namespace greenroom {

#if NODE_MAJOR_VERSION >= 26
using AsyncFrame = v8::Local<v8::Data>;
inline AsyncFrame GetAsyncFrame(v8::Isolate* isolate) { return isolate->GetContinuationPreservedEmbedderDataV2(); }
inline void SetAsyncFrame(v8::Isolate* isolate, AsyncFrame frame) {
  isolate->SetContinuationPreservedEmbedderDataV2(frame);
}
#elif NODE_MAJOR_VERSION >= 22
using AsyncFrame = v8::Local<v8::Value>;
inline AsyncFrame GetAsyncFrame(v8::Isolate* isolate) { return isolate->GetContinuationPreservedEmbedderData(); }
inline void SetAsyncFrame(v8::Isolate* isolate, AsyncFrame frame) {
  isolate->SetContinuationPreservedEmbedderData(frame);
}
#else
using AsyncFrame = v8::Local<v8::Value>;
inline AsyncFrame GetAsyncFrame(v8::Isolate* isolate) { return v8::Undefined(isolate); }
inline void SetAsyncFrame(v8::Isolate*, AsyncFrame) {}
#endif

// V8 visits the CPED once per archived thread, so a scavenge with contexts
// suspended copies that object twice and corrupts the heap (ENGINE.md trap 12).
// For the length of every collection it is therefore held by one handle instead.
class AsyncFrameGcGuard {
 public:
  explicit AsyncFrameGcGuard(v8::Isolate* isolate) : isolate_(isolate) {
    isolate_->AddGCPrologueCallback(&AsyncFrameGcGuard::Prologue, this);
    isolate_->AddGCEpilogueCallback(&AsyncFrameGcGuard::Epilogue, this);
  }
  ~AsyncFrameGcGuard() {
    isolate_->RemoveGCPrologueCallback(&AsyncFrameGcGuard::Prologue, this);
    isolate_->RemoveGCEpilogueCallback(&AsyncFrameGcGuard::Epilogue, this);
  }

 private:
  static void Prologue(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
    auto* guard = static_cast<AsyncFrameGcGuard*>(data);
    if (guard->depth_++ > 0) return;
    v8::HandleScope scope(isolate);
    const AsyncFrame frame = GetAsyncFrame(isolate);
    // Nothing to guard, or another copy of greenroom in this process guards it.
    if (frame.As<v8::Value>()->IsUndefined()) return;
    guard->frame_.Reset(isolate, frame);
    SetAsyncFrame(isolate, v8::Undefined(isolate));
  }

  static void Epilogue(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
    auto* guard = static_cast<AsyncFrameGcGuard*>(data);
    if (--guard->depth_ > 0 || guard->frame_.IsEmpty()) return;
    v8::HandleScope scope(isolate);
    SetAsyncFrame(isolate, guard->frame_.Get(isolate));
    guard->frame_.Reset();
  }

  v8::Isolate* const isolate_;
  int depth_ = 0;
#if NODE_MAJOR_VERSION >= 26
  v8::Global<v8::Data> frame_;
#else
  v8::Global<v8::Value> frame_;
#endif
};

}  // namespace greenroom
