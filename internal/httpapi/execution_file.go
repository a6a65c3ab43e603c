package httpapi

import (
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/tenant"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Files reads parts of the files that nodes stored.
type Files interface {
	Range(ctx context.Context, key string, from, to int64) ([]byte, error)
}

func executionFileRoutes(a *API) {
	r := route{tag: "executions", role: tenant.Viewer, scope: tenant.ReadExecutions}.at(
		"getNodeFile", http.MethodGet, "/api/executions/{id}/nodes/{name}/files/{field}", "A file of an item of a node's output")
	r.about = "At most " + strconv.Itoa(maxAnswer>>20) + " MB are answered at once; larger files are read piece by piece with the header Range, for example \"bytes=0-1048575\"."
	add(a, r.refuses(http.StatusNotFound, http.StatusRequestEntityTooLarge), a.nodeFile)
}

type nodeFileInput struct {
	ExecutionPath
	Name   string `path:"name" doc:"The node's name."`
	Field  string `path:"field" doc:"The file's name in the item's \"binary\"."`
	Run    int    `query:"run" minimum:"-1" default:"-1" doc:"The run of the node, from 0; the last one if left out."`
	Output int    `query:"output" minimum:"0" doc:"The output, from 0."`
	Item   int    `query:"item" minimum:"0" doc:"The item, from 0."`
	Range  string `header:"Range" maxLength:"60" doc:"One range of bytes."`
}

// nodeFileOutput is a file that a browser must not take for a page of ours: it came
// from a stranger, and this host holds people's sessions.
type nodeFileOutput struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	Ranges       string `header:"Accept-Ranges"`
	ContentRange string `header:"Content-Range"`
	NoSniff      string `header:"X-Content-Type-Options"`
	Policy       string `header:"Content-Security-Policy"`
	Body         []byte
}

func (a *API) nodeFile(ctx context.Context, in *nodeFileInput) (*nodeFileOutput, error) {
	ref := in.ref(ctx)
	runs, err := a.Executions.Runs(ctx, ref)
	if err != nil {
		return nil, err
	}
	items, err := outputOf(runs, &NodeOutputQuery{Name: in.Name, Run: in.Run, Output: in.Output})
	if err != nil {
		return nil, err
	}
	var f workflow.Binary
	found := in.Item < len(items)
	if found {
		f, found = items[in.Item].Binary[in.Field]
	}
	if !found || f.Ref != "" && !strings.HasPrefix(f.Ref, string(ref.Tenant)+"/") {
		return nil, fault.New(fault.NotFound, fault.CodeNotFound, "Item %d of node %q has no file %q.", in.Item, in.Name, in.Field)
	}
	size := f.Size
	if f.Ref == "" {
		size = int64(len(f.Data))
	}
	from, to, partial, err := byteRange(in.Range, size)
	if err != nil {
		return nil, err
	}
	out := &nodeFileOutput{
		Status: http.StatusOK, ContentType: mediaType(f.MimeType), Ranges: "bytes", NoSniff: "nosniff", Policy: "sandbox; default-src 'none'",
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": fileName(f, in.Field)}),
	}
	if partial {
		out.Status, out.ContentRange = http.StatusPartialContent, "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(size, 10)
	}
	switch {
	case to-from > maxAnswer:
		return nil, fault.New(fault.Invalid, fault.CodePayloadTooLarge,
			"The file has %d bytes; at most %d are answered at once. Ask for a part with the header Range: bytes=0-%d, then for the next.", size, maxAnswer, maxAnswer-1)
	case f.Ref == "":
		out.Body = f.Data[from:to]
	case to > from:
		out.Body, err = a.Files.Range(ctx, f.Ref, from, to)
	}
	return out, err
}

// byteRange reads one range of RFC 9110, 14.1.2; to is not included. What is no
// range of bytes is ignored, as the standard says.
func byteRange(text string, size int64) (from, to int64, partial bool, err error) {
	spec, ok := strings.CutPrefix(text, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size, false, nil
	}
	from, errFirst := strconv.ParseInt(first, 10, 64)
	to, errLast := strconv.ParseInt(last, 10, 64)
	switch {
	case first == "" && errLast == nil && to > 0: // the last bytes
		from, to = max(size-to, 0), size
	case errFirst == nil && last == "":
		to = size
	case errFirst == nil && errLast == nil && from <= to:
		to = min(to+1, size)
	default:
		return 0, size, false, nil
	}
	if from >= size || from < 0 {
		return 0, 0, false, fault.New(fault.Invalid, fault.CodeValidation, "The range %q lies outside of the file's %d bytes.", text, size)
	}
	return from, to, true, nil
}

// mediaType is a type that a header may hold; anything else is bytes.
func mediaType(s string) string {
	if _, _, err := mime.ParseMediaType(s); err != nil || strings.ContainsAny(s, "\r\n") {
		return "application/octet-stream"
	}
	return s
}

// fileName is the last part of the file's name, without what paths are made of.
func fileName(f workflow.Binary, field string) string {
	name := f.FileName
	if name == "" {
		name = field
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name[strings.LastIndexAny(name, `/\`)+1:])
	if name == "" || name == "." || name == ".." {
		return "file"
	}
	return name
}
