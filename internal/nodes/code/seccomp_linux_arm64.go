package code

// legacyCalls: arm64 has none.
var legacyCalls []uint32
