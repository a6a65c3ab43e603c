package s3

import (
	"slices"
	"strings"
)

// knownHeaders are the x-amz headers that are understood, or mean nothing here.
var knownHeaders = []string{
	"X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amz-Trailer",
	"X-Amz-Decoded-Content-Length", "X-Amz-Copy-Source", "X-Amz-Metadata-Directive", "X-Amz-Expected-Bucket-Owner",
	"X-Amz-Request-Payer", "X-Amz-Mp-Object-Size", "X-Amz-Copy-Source-If-Match", "X-Amz-Copy-Source-If-None-Match",
	"X-Amz-If-Match-Size", "X-Amz-Bucket-Region",
}

// knownPrefixes are those of whole families: checksums, the object's own metadata,
// and encryption, which is not done.
var knownPrefixes = []string{"X-Amz-Checksum-", "X-Amz-Meta-", "X-Amz-Sdk-", "X-Amz-Server-Side-Encryption", "X-Amzn-"}

// checkHeaders refuses what would change the meaning of a request if it were ignored.
func (c *call) checkHeaders() error {
	for name, v := range c.r.Header {
		if !strings.HasPrefix(name, "X-Amz-") || slices.Contains(knownHeaders, name) {
			continue
		}
		if slices.ContainsFunc(knownPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		switch {
		case name == "X-Amz-Storage-Class" && v[0] == "STANDARD":
		case name == "X-Amz-Acl" && (v[0] == "private" || v[0] == "bucket-owner-full-control"):
		case name == "X-Amz-Tagging-Directive" && v[0] == "COPY":
		default:
			return unsupported("the header " + name + ": " + v[0])
		}
	}
	return nil
}
