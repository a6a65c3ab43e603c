package service

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/picture"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

func pictureOf(t *testing.T, w, h int) workflow.Binary {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return workflow.Binary{Data: b.Bytes(), FileName: "cat.png", MimeType: "image/png"}
}

func TestEditImage(t *testing.T) {
	w := world{typ: "editImage", version: 1, services: node.Services{Pictures: picture.Editor{}}}
	in := []workflow.Item{{JSON: object(t, `{"k": 1, "x": 10}`), Binary: map[string]workflow.Binary{"data": pictureOf(t, 40, 20), "top": pictureOf(t, 5, 5)}}}
	w.gives(t, `{"operation": "information"}`, in, `[{"k":1,"x":10,"format":"PNG","size":{"width":40,"height":20},"Geometry":"40x20","Mime type":"image/png","Filesize":107}]`)
	for parameters, want := range map[string]string{
		`{"operation": "resize", "width": 50, "height": 50, "resizeOption": "percent", "options": {"format": "jpeg"}}`: "cat.jpeg image/jpeg 20 10",
		`{"operation": "crop", "width": "={{ $json.x }}", "height": 5}`:                                                "cat.png image/png 10 5",
		`{"operation": "composite", "dataPropertyNameComposite": "top", "options": {"fileName": "both.png"}}`:          "both.png image/png 40 20",
		`{"operation": "create", "width": 8, "height": 9, "backgroundColor": "#123456"}`:                               "image.png image/png 8 9",
		`{"operation": "multiStep", "operations": {"operations": [{"operation": "border", "borderWidth": 2, "borderHeight": 1},
			{"operation": "draw", "color": "#ff00f277", "endPositionX": "={{ $json.x }}", "endPositionY": 4, "startPositionX": 1, "startPositionY": 1},
			{"operation": "text", "text": "hi", "positionX": 1, "positionY": 10}]}}`: "cat.png image/png 44 22",
	} {
		out := w.execute(t, parameters, in)
		if out.Run.Failed() {
			t.Errorf("%s: %v", parameters, out.Err)
			continue
		}
		f := out.Run.Outputs[0][0].Binary["data"]
		info, err := picture.Editor{}.Info(f.Data)
		if err != nil {
			t.Errorf("%s: %v", parameters, err)
			continue
		}
		if got := f.FileName + " " + f.MimeType + " " + node.Text(float64(info.Width)) + " " + node.Text(float64(info.Height)); got != want {
			t.Errorf("%s gives %s, want %s", parameters, got, want)
		}
		if len(out.Run.Outputs[0][0].Binary) != 2 {
			t.Errorf("%s lost a file", parameters)
		}
	}
	w.fails(t, `{"operation": "shear"}`, in)
	w.fails(t, `{"operation": "resize", "dataPropertyName": "none"}`, in)
	w.fails(t, `{"operation": "composite", "dataPropertyNameComposite": "none"}`, in)
}
