package picture

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

type set map[string]any

func step(op string, p set) node.PictureStep {
	return node.PictureStep{
		Operation: op,
		Number: func(name string, def float64) float64 {
			if n, ok := p[name].(float64); ok {
				return n
			}
			return def
		},
		Text: func(name, def string) string {
			if s, ok := p[name].(string); ok {
				return s
			}
			return def
		},
	}
}

var (
	red  = color.NRGBA{255, 0, 0, 255}
	blue = color.NRGBA{0, 0, 255, 255}
)

// sample is 40 by 20: its left half red, its right half blue.
func sample(t *testing.T, format string) []byte {
	t.Helper()
	img := filled(40, 20, red)
	for x := 20; x < 40; x++ {
		for y := range 20 {
			img.SetNRGBA(x, y, blue)
		}
	}
	b, err := encode(img, format, 100)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func edit(t *testing.T, steps ...node.PictureStep) (*image.NRGBA, node.PictureInfo) {
	t.Helper()
	b, info, err := Editor{}.Edit(t.Context(), sample(t, "png"), steps, node.PictureOutput{})
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return copied(img), info
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		option       string
		w, h         float64
		wantW, wantH int
	}{
		{"ignoreAspectRatio", 10, 30, 10, 30}, {"percent", 50, 50, 20, 10}, {"maximumArea", 20, 10, 20, 10}, {"maximumArea", 500, 500, 40, 20},
		{"minimumArea", 20, 20, 40, 20}, {"minimumArea", 80, 10, 80, 40}, {"onlyIfLarger", 20, 20, 20, 10}, {"onlyIfLarger", 400, 400, 40, 20},
		{"onlyIfSmaller", 80, 80, 80, 40}, {"onlyIfSmaller", 10, 10, 40, 20},
	} {
		_, info := edit(t, step("resize", set{"width": c.w, "height": c.h, "resizeOption": c.option}))
		if info.Width != c.wantW || info.Height != c.wantH {
			t.Errorf("%s to %v by %v gives %d by %d, want %d by %d", c.option, c.w, c.h, info.Width, info.Height, c.wantW, c.wantH)
		}
	}
}

func TestSteps(t *testing.T) {
	at := func(img *image.NRGBA, x, y int, want color.NRGBA, what string) {
		t.Helper()
		if got := img.NRGBAAt(x, y); got != want {
			t.Errorf("%s: at %d,%d is %v, want %v", what, x, y, got, want)
		}
	}
	img, info := edit(t, step("crop", set{"width": 10.0, "height": 10.0, "positionX": 15.0, "positionY": 5.0}))
	if info.Width != 10 || info.Height != 10 {
		t.Errorf("crop gives %+v", info)
	}
	at(img, 0, 0, red, "crop")
	at(img, 9, 9, blue, "crop")
	img, info = edit(t, step("rotate", set{"rotate": 90.0}))
	if info.Width != 20 || info.Height != 40 {
		t.Errorf("rotate gives %+v", info)
	}
	at(img, 10, 5, red, "rotate") // clockwise: the left half is on top
	at(img, 10, 35, blue, "rotate")
	img, _ = edit(t, step("border", set{"borderWidth": 3.0, "borderHeight": 2.0, "borderColor": "#00ff00"}))
	at(img, 1, 1, color.NRGBA{0, 255, 0, 255}, "border")
	at(img, 3, 2, red, "border")
	img, _ = edit(t, step("draw", set{"color": "#00ff00ff", "startPositionX": 1.0, "startPositionY": 1.0, "endPositionX": 3.0, "endPositionY": 3.0}),
		step("draw", set{"primitive": "circle", "color": "#000000ff", "startPositionX": 30.0, "startPositionY": 10.0, "endPositionX": 35.0, "endPositionY": 10.0}))
	at(img, 3, 3, color.NRGBA{0, 255, 0, 255}, "draw")
	at(img, 4, 4, red, "draw")
	at(img, 30, 10, color.NRGBA{0, 0, 0, 255}, "circle")
	at(img, 38, 10, blue, "circle")
	img, _ = edit(t, step("transparent", set{"color": "#ff0000"}))
	if img.NRGBAAt(1, 1).A != 0 || img.NRGBAAt(30, 1).A != 255 {
		t.Error("transparent")
	}
	over := step("composite", set{"positionX": 30.0, "positionY": 15.0})
	over.Other = sample(t, "png")
	img, info = edit(t, over)
	at(img, 35, 18, red, "composite")
	at(img, 25, 18, blue, "composite")
	if info.Width != 40 {
		t.Errorf("composite gives %+v", info)
	}
	plain, _ := edit(t)
	img, _ = edit(t, step("text", set{"text": "HHH HHH", "positionX": 2.0, "positionY": 15.0, "fontColor": "#ffffff", "fontSize": 12.0, "lineLength": 3.0}))
	if bytes.Equal(plain.Pix, img.Pix) {
		t.Error("text left no trace")
	}
}

func TestFormats(t *testing.T) {
	for _, format := range []string{"png", "jpeg", "gif", "bmp", "tiff"} {
		b, info, err := Editor{}.Edit(t.Context(), sample(t, "png"), nil, node.PictureOutput{Format: format})
		if err != nil || info.Format != format {
			t.Errorf("%s: %+v, %v", format, info, err)
			continue
		}
		if got, err := (Editor{}).Info(b); err != nil || got != (node.PictureInfo{Format: format, Width: 40, Height: 20}) {
			t.Errorf("%s became %+v, %v", format, got, err)
		}
	}
	if _, info, err := (Editor{}).Edit(t.Context(), nil, []node.PictureStep{step("create", set{"width": 7.0, "height": 8.0})}, node.PictureOutput{}); err != nil || info.Width != 7 || info.Height != 8 {
		t.Errorf("create: %+v, %v", info, err)
	}
}

// A small file may say that it is a huge image: it is refused unread.
func TestImagesThatAreTooLargeOrNone(t *testing.T) {
	bomb := sample(t, "png")
	copy(bomb[16:24], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // IHDR's size; the checksum is wrong then
	many := func(op string, p set) error {
		_, _, err := Editor{}.Edit(t.Context(), sample(t, "png"), []node.PictureStep{step(op, p)}, node.PictureOutput{})
		return err
	}
	_, _, bombed := Editor{}.Edit(t.Context(), bomb, nil, node.PictureOutput{})
	_, _, none := Editor{}.Edit(t.Context(), []byte("hello"), nil, node.PictureOutput{})
	_, _, webp := Editor{}.Edit(t.Context(), sample(t, "png"), nil, node.PictureOutput{Format: "webp"})
	for name, err := range map[string]error{
		"bomb": bombed, "text": none, "webp": webp, "large": many("resize", set{"width": 1e6, "height": 1e6, "resizeOption": "ignoreAspectRatio"}),
		"percent": many("resize", set{"width": 1e6, "height": 1e6, "resizeOption": "percent"}), "border": many("border", set{"borderWidth": 1e6, "borderHeight": 1e6}),
		"create": many("create", set{"width": 1e9, "height": 1e9}), "outside": many("crop", set{"positionX": 100.0}), "color": many("draw", set{"color": "reddish"}),
		"unknown": many("shear", nil), "way": many("resize", set{"resizeOption": "somehow"}), "shape": many("draw", set{"primitive": "star"}),
	} {
		if err == nil || fault.Of(err).Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Text hangs where its gravity says; positions count from there inwards.
func TestTextHangsWhereItsGravitySays(t *testing.T) {
	plain, _ := edit(t)
	width, height := plain.Bounds().Dx(), plain.Bounds().Dy()
	for gravity, want := range map[string][2]float64{
		"": {0, 0}, "northwest": {0, 0}, "north": {0.5, 0}, "northeast": {1, 0}, "west": {0, 0.5}, "center": {0.5, 0.5}, "east": {1, 0.5},
		"southwest": {0, 1}, "south": {0.5, 1}, "southeast": {1, 1},
	} {
		s := step("text", set{"text": "HH HH", "positionX": 0.0, "positionY": 0.0, "fontColor": "#ffffff", "fontSize": 6.0, "lineLength": 2.0})
		s.Gravity = gravity
		img, _ := edit(t, s)
		ink := image.Rectangle{Min: image.Pt(width, height)}
		for y := range height {
			for x := range width {
				if img.NRGBAAt(x, y) != plain.NRGBAAt(x, y) {
					ink.Min.X, ink.Min.Y = min(ink.Min.X, x), min(ink.Min.Y, y)
					ink.Max.X, ink.Max.Y = max(ink.Max.X, x+1), max(ink.Max.Y, y+1)
				}
			}
		}
		if ink.Dy() <= 7 {
			t.Errorf("%q: both lines cover %v", gravity, ink)
		}
		// How the free space is divided among the sides, half a letter aside.
		x, y := float64(ink.Min.X)/float64(width-ink.Dx()), float64(ink.Min.Y)/float64(height-ink.Dy())
		if math.Abs(x-want[0]) > 0.1 || math.Abs(y-want[1]) > 0.4 {
			t.Errorf("%q: the text covers %v of %v", gravity, ink, img.Bounds())
		}
	}
	right := step("text", set{"text": "H", "positionX": 10.0, "positionY": 0.0, "fontColor": "#ffffff", "fontSize": 6.0})
	right.Gravity = "east"
	img, _ := edit(t, right)
	for y := range height {
		for x := width - 10; x < width; x++ {
			if img.NRGBAAt(x, y) != plain.NRGBAAt(x, y) {
				t.Fatalf("text that ends 10 from the right has ink at %d", x)
			}
		}
	}
}
