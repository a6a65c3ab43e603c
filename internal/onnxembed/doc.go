// Package onnxembed computes sentence embeddings on this machine: WordPiece
// tokens, then all-MiniLM-L6-v2 in ONNX Runtime, whose graph also pools and
// normalises. It implements search.Embedder.
//
// ONNX Runtime is a shared library that is loaded when the program runs
// (layers/onnxruntime says where it comes from). It keeps one environment a
// process, so the first Open decides on the library.
//
// Measured on two cores of an AMD EPYC with one thread: 1.3 ms for a text of 12
// tokens, 70 ms and 68 MB from the process's start to the first vector. What is
// left of that is the library's own loading and the packing of the weights;
// a graph optimised beforehand saves 8 ms and is not worth a second file.
package onnxembed
