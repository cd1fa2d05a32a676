"""The small language of the kernels, and its translation to LLVM."""
