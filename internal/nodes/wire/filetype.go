package wire

import (
	"mime"
	"strings"
)

// extensions are the usual endings of the types that workflows handle most; the
// system's list, which differs from machine to machine, is only asked after it.
var extensions = map[string]string{
	"application/pdf": "pdf", "application/json": "json", "application/zip": "zip", "application/gzip": "gz",
	"application/xml": "xml", "text/xml": "xml", "text/html": "html", "text/plain": "txt", "text/csv": "csv",
	"text/markdown": "md", "text/calendar": "ics", "text/css": "css", "text/javascript": "js",
	"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg",
	"image/bmp": "bmp", "image/tiff": "tif", "image/x-icon": "ico", "image/avif": "avif",
	"audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "oga", "audio/mp4": "m4a", "audio/webm": "weba",
	"video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov", "video/mpeg": "mpeg",
	"application/msword": "doc", "application/vnd.ms-excel": "xls", "application/rtf": "rtf",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
	"application/octet-stream": "bin", "application/x-tar": "tar", "application/x-7z-compressed": "7z",
	"application/epub+zip": "epub", "application/vnd.oasis.opendocument.text": "odt",
}

// Extension is the ending of a file of the type, without its dot; "" if unknown.
func Extension(mimeType string) string {
	if e, ok := extensions[mimeType]; ok {
		return e
	}
	if list, err := mime.ExtensionsByType(mimeType); err == nil && len(list) > 0 {
		return strings.TrimPrefix(list[0], ".")
	}
	return ""
}
