// Package onnxembed computes sentence embeddings on this machine: WordPiece
// tokens, then all-MiniLM-L6-v2 in ONNX Runtime, whose graph also pools and
// normalises. It implements search.Embedder.
//
// ONNX Runtime is a shared library that is loaded when the program runs
// (layers/onnxruntime says where it comes from). It keeps one environment a
// process, so the first Open decides on the library.
//
// The graph is fused and its weights are mapped into memory (layers/minilm), so what
// is left of a start is the library's own loading and the packing of the weights.
// `make bench-search` prints what a text, a start and the memory take, beside
// transformers.js with the same files.
package onnxembed
