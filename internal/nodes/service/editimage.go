package service

import (
	"context"
	"strconv"
	"strings"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func editImage() node.Type {
	text := func(name, def string) node.Param { return node.Param{Name: name, Type: "string", Default: def} }
	number := func(name string, def float64) node.Param {
		return node.Param{Name: name, Type: "number", Default: def}
	}
	// What is left out means something else in each operation.
	aligned := map[string][]any{"operation": {"text"}, "@version": {1.1}}
	open := func(name, typ string) node.Param { return node.Param{Name: name, Type: typ} }
	return node.Type{
		Spec: node.Spec{
			Type: "n8n-nodes-base.editImage", Versions: []float64{1, 1.1}, Name: "Edit Image",
			Description: "Changes images: PNG, JPEG, GIF (its first picture), BMP, TIFF; WebP is read only. At most 24 million pixels.",
			Group:       "transform", Family: node.Data, Inputs: main1, Outputs: main1,
			Params: []node.Param{
				{Name: "operation", Type: "options", Default: "border", Options: options("border", "composite", "create", "crop", "draw", "information", "multiStep", "resize", "rotate", "text", "transparent")},
				text("dataPropertyName", "data"), text("dataPropertyNameComposite", ""),
				{Name: "operations", Type: "fixedCollection", Default: map[string]any{}, Description: "The steps, each with its operation and parameters", Show: map[string][]any{"operation": {"multiStep"}}},
				open("width", "number"), open("height", "number"), text("resizeOption", "maximumArea"), open("positionX", "number"), open("positionY", "number"),
				number("rotate", 0), open("backgroundColor", "string"), number("borderWidth", 10), number("borderHeight", 10), text("borderColor", "#000000"),
				text("text", ""), number("fontSize", 18), text("fontColor", "#000000"), number("lineLength", 80),
				{Name: "horizontalAlignment", Type: "options", Default: "center", Description: "Of text: from where positionX counts", Options: options("west", "center", "east"), Show: aligned},
				{Name: "verticalAlignment", Type: "options", Default: "middle", Description: "Of text: from where positionY counts", Options: options("north", "middle", "south"), Show: aligned},
				text("primitive", "rectangle"), text("color", "#ff000000"),
				number("startPositionX", 50), number("startPositionY", 50), number("endPositionX", 250), number("endPositionY", 250), text("operator", "Over"),
				{Name: "options", Type: "collection", Default: map[string]any{}, Fields: []node.Param{
					text("fileName", ""), {Name: "format", Type: "options", Default: "", Options: options("bmp", "gif", "jpeg", "png", "tiff")}, number("quality", 92),
					{Name: "font", Type: "string", Default: "", Description: "Without meaning here: there is one font, Go Regular"},
				}},
			},
		},
		Uses: usesPictures,
		Run: func(ctx context.Context, c *node.Call) (node.Result, error) {
			out, err := c.Each(ctx, c.Items(), func(r *node.Reader, it workflow.Item) ([]workflow.Item, error) {
				p := &picturing{ctx, c, r, it}
				if r.String("operation", "border") == "information" {
					return p.information()
				}
				return p.edit()
			})
			return node.Result{Outputs: [][]workflow.Item{out}}, err
		},
	}
}

// picturing is the work on one item.
type picturing struct {
	ctx context.Context
	c   *node.Call
	r   *node.Reader
	it  workflow.Item
}

func (p *picturing) information() ([]workflow.Item, error) {
	file, f, err := p.c.ReadFile(p.ctx, p.it, p.r.String("dataPropertyName", "data"))
	if err != nil {
		return nil, err
	}
	info, err := p.c.Services.Pictures.Info(file)
	if err != nil {
		return nil, err
	}
	w, h := float64(info.Width), float64(info.Height)
	out := row(p.r.Item(), p.it.JSON.Shallow())
	out.JSON.Set("format", strings.ToUpper(info.Format))
	out.JSON.Set("size", value.Obj("width", w, "height", h))
	out.JSON.Set("Geometry", strconv.Itoa(info.Width)+"x"+strconv.Itoa(info.Height))
	out.JSON.Set("Mime type", f.MimeType)
	out.JSON.Set("Filesize", float64(len(file)))
	out.Binary = p.it.Binary
	return []workflow.Item{out}, p.r.Err()
}

func (p *picturing) edit() ([]workflow.Item, error) {
	steps, err := p.steps()
	if err != nil {
		return nil, err
	}
	field := p.r.String("dataPropertyName", "data")
	f := workflow.Binary{FileName: "image.png"}
	var file []byte
	if len(steps) == 0 || steps[0].Operation != "create" {
		if file, f, err = p.c.ReadFile(p.ctx, p.it, field); err != nil {
			return nil, err
		}
	}
	want := node.PictureOutput{Format: p.r.String("options.format", ""), Quality: p.r.Int("options.quality", 0)}
	name := p.r.String("options.fileName", "")
	if err := p.r.Err(); err != nil {
		return nil, err
	}
	b, info, err := p.c.Services.Pictures.Edit(p.ctx, file, steps, want)
	if err != nil {
		return nil, err
	}
	saved, err := p.c.WriteFile(p.ctx, p.r.Item(), workflow.Binary{Data: b, FileName: named(name, f.FileName, info.Format), MimeType: "image/" + info.Format})
	if err != nil {
		return nil, err
	}
	out := row(p.r.Item(), p.it.JSON)
	out.Binary = p.it.WithFile(field, saved)
	return []workflow.Item{out}, nil
}

// named is the file's new name: the author's, or the old one with the new ending.
func named(wanted, old, format string) string {
	if wanted != "" {
		return wanted
	}
	bare, ending, _ := strings.Cut(old, ".")
	if ending == format || ending == "jpg" && format == "jpeg" {
		return old
	}
	if bare == "" {
		bare = "image"
	}
	return bare + "." + format
}

// steps are the node's one operation, or those of multiStep.
func (p *picturing) steps() ([]node.PictureStep, error) {
	operation := p.r.String("operation", "border")
	if operation != "multiStep" {
		return p.list(operation, p.r.Number, p.r.String)
	}
	var all []node.PictureStep
	for _, o := range p.r.Objects("operations.operations") {
		number := func(name string, def float64) float64 {
			if v, ok := o.Get(name); ok && v != nil && v != "" {
				return node.ToNumber(v)
			}
			return def
		}
		text := func(name, def string) string { return node.Get(o, name, def) }
		one, err := p.list(text("operation", ""), number, text)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, p.r.Err()
}

func (p *picturing) list(operation string, number func(string, float64) float64, text func(string, string) string) ([]node.PictureStep, error) {
	s := node.PictureStep{Operation: operation, Number: number, Text: text}
	if operation == "composite" {
		var err error
		if s.Other, _, err = p.c.ReadFile(p.ctx, p.it, text("dataPropertyNameComposite", "")); err != nil {
			return nil, err
		}
	}
	if operation == "text" && p.c.Node.TypeVersion >= 1.1 {
		s.Gravity = gravity(text("horizontalAlignment", "center"), text("verticalAlignment", "middle"))
	}
	return []node.PictureStep{s}, p.r.Err()
}

// gravity joins both alignments in ImageMagick's word; before version 1.1 there are
// none, and text hangs in the upper left corner.
func gravity(horizontal, vertical string) string {
	switch {
	case vertical == "middle":
		return horizontal
	case horizontal == "center":
		return vertical
	}
	return vertical + horizontal
}
