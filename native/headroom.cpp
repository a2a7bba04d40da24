#include "headroom.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>

#if !defined(_WIN32)
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace greenroom {
namespace {

std::atomic<size_t> contexts{0};

#if defined(__linux__)

// The stack and its guard page.
constexpr size_t kMapsPerContext = 2;

// Linux's default, 65,530, leaves 4,096 to V8, libraries and threads: ten times what an idle server has.
size_t MapsForContexts() {
  static const size_t maps = [] {
    size_t max = SIZE_MAX;
    if (std::FILE* file = std::fopen("/proc/sys/vm/max_map_count", "r")) {
      if (std::fscanf(file, "%zu", &max) != 1) max = SIZE_MAX;
      std::fclose(file);
    }
    return max - max / 16;
  }();
  return maps;
}

// Bytes of address space and of private writable memory that this process has mapped.
struct Mapped {
  uint64_t all = 0;
  uint64_t data = 0;
};

Mapped MappedNow() {
  unsigned long all = 0, data = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%lu %*u %*u %*u %*u %lu", &all, &data) != 2) all = data = 0;
    std::fclose(file);
  }
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return {all * page, data * page};
}

rlim_t SoftLimit(decltype(RLIMIT_AS) resource) {
  rlimit limit;
  return getrlimit(resource, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

bool Exceeds(uint64_t mapped, size_t stack_bytes, rlim_t limit) {
  if (limit == RLIM_INFINITY) return false;
  const uint64_t for_v8 = std::max<uint64_t>(limit / 8, 64u << 20);
  return mapped + stack_bytes + for_v8 > limit;
}

#endif

}  // namespace

ContextCount::ContextCount() { contexts.fetch_add(1, std::memory_order_relaxed); }
ContextCount::~ContextCount() { contexts.fetch_sub(1, std::memory_order_relaxed); }

const char* LimitReached(size_t stack_bytes) {
#if defined(__linux__)
  if ((contexts.load(std::memory_order_relaxed) + 1) * kMapsPerContext > MapsForContexts()) {
    return "vm.max_map_count (a context takes two maps)";
  }
  const rlim_t address_space = SoftLimit(RLIMIT_AS);
  const rlim_t data = SoftLimit(RLIMIT_DATA);
  if (address_space == RLIM_INFINITY && data == RLIM_INFINITY) return nullptr;
  const Mapped mapped = MappedNow();
  if (Exceeds(mapped.all, stack_bytes, address_space)) return "the limit of the address space (ulimit -v)";
  if (Exceeds(mapped.data, stack_bytes, data)) return "the limit of the data size (ulimit -d)";
#endif
  return nullptr;
}

}  // namespace greenroom
