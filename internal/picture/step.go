package picture

import (
	"encoding/hex"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/automatelanka/automatelanka/internal/node"
)

// maxSide bounds positions and sizes: beyond it numbers mean nothing.
const maxSide = 1 << 20

// whole is a number of pixels.
func whole(s node.PictureStep, name string, def float64) int {
	n := s.Number(name, def)
	if math.IsNaN(n) {
		n = def
	}
	return int(math.Round(min(max(n, -maxSide), maxSide)))
}

func (e Editor) step(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	if img == nil && s.Operation != "create" {
		return nil, node.Errorf("There is no image to change.")
	}
	switch s.Operation {
	case "create":
		c, err := colorOf(s.Text("backgroundColor", "#ffffff00"))
		if err != nil {
			return nil, err
		}
		w, h := whole(s, "width", 50), whole(s, "height", 50)
		if err := fits(w, h); err != nil {
			return nil, err
		}
		return filled(w, h, c), nil
	case "resize":
		return resize(img, s)
	case "crop":
		return crop(img, s)
	case "rotate":
		return rotate(img, s)
	case "border":
		return border(img, s)
	case "composite":
		return e.composite(img, s)
	case "draw":
		return drawn(img, s)
	case "text":
		return written(img, s)
	case "transparent":
		return transparent(img, s)
	}
	return nil, node.Errorf("The operation %q of Edit Image is not supported. There are border, composite, create, crop, draw, information, resize, rotate, text and transparent.", s.Operation)
}

// colorOf reads #rgb, #rrggbb and #rrggbbaa.
func colorOf(text string) (color.NRGBA, error) {
	digits := strings.TrimPrefix(strings.TrimSpace(text), "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	if len(digits) == 6 {
		digits += "ff"
	}
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 4 {
		return color.NRGBA{}, node.Errorf("%q is not a color. Write it as #rrggbb or #rrggbbaa.", text)
	}
	return color.NRGBA{b[0], b[1], b[2], b[3]}, nil
}

func resize(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	ow, oh := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	w, h := float64(whole(s, "width", 500)), float64(whole(s, "height", 500))
	if w < 1 || h < 1 {
		return nil, node.Errorf("The new size must be 1 pixel at least.")
	}
	scale := 1.0
	switch option := s.Text("resizeOption", "maximumArea"); option {
	case "ignoreAspectRatio":
		return scaled(img, w, h)
	case "percent":
		return scaled(img, ow*w/100, oh*h/100)
	case "maximumArea":
		scale = min(math.Sqrt(w*h/(ow*oh)), 1)
	case "minimumArea":
		scale = max(w/ow, h/oh)
	case "onlyIfLarger":
		scale = min(w/ow, h/oh, 1)
	case "onlyIfSmaller":
		scale = max(min(w/ow, h/oh), 1)
	default:
		return nil, node.Errorf("The way of resizing %q is not known.", option)
	}
	return scaled(img, ow*scale, oh*scale)
}

func scaled(img *image.NRGBA, w, h float64) (*image.NRGBA, error) {
	iw, ih := int(max(math.Round(w), 1)), int(max(math.Round(h), 1))
	if err := fits(iw, ih); err != nil {
		return nil, err
	}
	out := image.NewNRGBA(image.Rect(0, 0, iw, ih))
	xdraw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), xdraw.Src, nil)
	return out, nil
}

func crop(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	x, y := whole(s, "positionX", 0), whole(s, "positionY", 0)
	part := image.Rect(x, y, x+whole(s, "width", 500), y+whole(s, "height", 500)).Intersect(img.Bounds())
	if part.Empty() {
		return nil, node.Errorf("The part to keep lies outside of the image, which has %d by %d pixels.", img.Bounds().Dx(), img.Bounds().Dy())
	}
	return copied(img.SubImage(part)), nil
}

// rotate turns clockwise; the image grows to hold all of it.
func rotate(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	c, err := colorOf(s.Text("backgroundColor", "#ffffffff"))
	if err != nil {
		return nil, err
	}
	angle := math.Mod(s.Number("rotate", 0), 360) * math.Pi / 180
	sin, cos := math.Sincos(angle)
	if math.IsNaN(angle) {
		return nil, node.Errorf("The angle must be a number.")
	}
	ow, oh := float64(img.Bounds().Dx()), float64(img.Bounds().Dy())
	w := int(math.Ceil(math.Abs(ow*cos) + math.Abs(oh*sin) - 1e-6))
	h := int(math.Ceil(math.Abs(ow*sin) + math.Abs(oh*cos) - 1e-6))
	if err := fits(w, h); err != nil {
		return nil, err
	}
	out := filled(w, h, c)
	move := f64.Aff3{
		cos, -sin, float64(w)/2 - cos*ow/2 + sin*oh/2,
		sin, cos, float64(h)/2 - sin*ow/2 - cos*oh/2,
	}
	xdraw.BiLinear.Transform(out, move, img, img.Bounds(), xdraw.Over, nil)
	return out, nil
}

func border(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	c, err := colorOf(s.Text("borderColor", "#000000"))
	if err != nil {
		return nil, err
	}
	bw, bh := max(whole(s, "borderWidth", 10), 0), max(whole(s, "borderHeight", 10), 0)
	w, h := img.Bounds().Dx()+2*bw, img.Bounds().Dy()+2*bh
	if err := fits(w, h); err != nil {
		return nil, err
	}
	out := filled(w, h, c)
	draw.Draw(out, img.Bounds().Add(image.Pt(bw, bh)), img, image.Point{}, draw.Over)
	return out, nil
}

func (e Editor) composite(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	if op := s.Text("operator", "Over"); !strings.EqualFold(op, "Over") {
		return nil, node.Errorf("The operator %q of composite is not supported; there is Over.", op)
	}
	top, _, err := e.decode(s.Other)
	if err != nil {
		return nil, err
	}
	draw.Draw(img, top.Bounds().Add(image.Pt(whole(s, "positionX", 0), whole(s, "positionY", 0))), top, image.Point{}, draw.Over)
	return img, nil
}

// transparent makes the pixels of a color invisible.
func transparent(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	c, err := colorOf(s.Text("color", "#ff0000"))
	if err != nil {
		return nil, err
	}
	for i := 0; i+3 < len(img.Pix); i += 4 {
		if img.Pix[i] == c.R && img.Pix[i+1] == c.G && img.Pix[i+2] == c.B {
			img.Pix[i+3] = 0
		}
	}
	return img, nil
}
