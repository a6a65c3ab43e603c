package main

// release is the version of ONNX Runtime. It must offer the C API that
// yalue/onnxruntime_go asks for (24 in v1.27: ONNX Runtime 1.24 or newer).
//
// 1.26.0 is chosen over newer ones because its library is smaller (37 against
// 46 MB on x86-64), 1.27.0 computes this model a fifth slower, and 1.30.0 for
// arm64 crashed under emulation while it was loaded, in one of four ways to
// present the processor's files. arm64 Lambda has no /sys/devices/system/cpu:
// 1.26.0 started in all four, and without those files still found the dot
// product instructions.
const release = "1.26.0"

// tarball is the npm package that carries the libraries, and tarballSHA512 its
// checksum in base64, as the registry publishes it.
const (
	tarball       = "onnxruntime-node@" + release
	tarballSHA512 = "OHl6PiOEOqxaLHL0N9eFrbzS7IGmu3BtJNH3RTEnRAheCIkfc3gjcjl4sGcjp9C22ZC9YTquDOxSdT/stBQ6BQ=="
)

// pin is one library: where the package has it, and what it must be.
type pin struct {
	platform string // GOOS-GOARCH
	member   string // path in the package
	file     string // name on disk: the library's own (its SONAME)
	sha256   string
}

// pins are the platforms for which the package has a library. macOS on x86-64
// has none since ONNX Runtime 1.24.
var pins = []pin{
	{
		platform: "linux-amd64", member: "package/bin/napi-v6/linux/x64/libonnxruntime.so.1", file: "libonnxruntime.so.1",
		sha256: "57625571931dd813257ed422fe73ba2c25aadcc5640d9c6743e71540135c227e",
	},
	{
		platform: "linux-arm64", member: "package/bin/napi-v6/linux/arm64/libonnxruntime.so.1", file: "libonnxruntime.so.1",
		sha256: "115ecb838e703d390262b8b4d07d5248e6693c67658d4c98c48f94905ab27af4",
	},
	{
		platform: "darwin-arm64", member: "package/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib", file: "libonnxruntime.1.dylib",
		sha256: "e51438fb319250db7cba147049ab26fe6fa842f4d6f7c849256cab57ad4cc703",
	},
}
