// Package picture changes images in memory: the Edit Image node, where n8n has
// GraphicsMagick. Files are tenants' and may be hostile: the header is read first,
// and an image of more pixels than fit into the function's memory is refused
// before any of it is decoded.
package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	_ "golang.org/x/image/webp" // decodes

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// maxPixels bounds an image: at 4 bytes a pixel, two of them are 192 MB.
const maxPixels = 24_000_000

// Editor implements node.Pictures.
type Editor struct{}

var _ node.Pictures = Editor{}

// Info reads the header.
func (Editor) Info(file []byte) (node.PictureInfo, error) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return node.PictureInfo{}, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The file is not an image that can be read: PNG, JPEG, GIF, BMP, TIFF or WebP.")
	}
	return node.PictureInfo{Format: format, Width: cfg.Width, Height: cfg.Height}, nil
}

// Edit decodes, changes and encodes.
func (e Editor) Edit(ctx context.Context, file []byte, steps []node.PictureStep, out node.PictureOutput) ([]byte, node.PictureInfo, error) {
	info := node.PictureInfo{Format: "png"}
	var img *image.NRGBA
	if len(file) > 0 { // the operation create begins without an image
		var err error
		if img, info, err = e.decode(file); err != nil {
			return nil, info, err
		}
	}
	for _, s := range steps {
		if ctx.Err() != nil {
			return nil, info, node.TimedOut(ctx)
		}
		next, err := e.step(img, s)
		if err != nil {
			return nil, info, err
		}
		img = next
	}
	if img == nil {
		return nil, info, node.Errorf("There is no image to change.")
	}
	if out.Format != "" {
		info.Format = out.Format
	}
	info.Width, info.Height = img.Bounds().Dx(), img.Bounds().Dy()
	b, err := encode(img, info.Format, out.Quality)
	return b, info, err
}

func (e Editor) decode(file []byte) (*image.NRGBA, node.PictureInfo, error) {
	info, err := e.Info(file)
	if err != nil {
		return nil, info, err
	}
	if err := fits(info.Width, info.Height); err != nil {
		return nil, info, err
	}
	src, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, info, fault.Wrap(err, fault.Invalid, fault.CodeNodeError, "The image is damaged, or of a kind that cannot be read.")
	}
	return copied(src), info, nil
}

// fits refuses sizes that would not fit into memory.
func fits(w, h int) error {
	if w < 1 || h < 1 {
		return node.Errorf("An image of %d by %d pixels is none.", w, h)
	}
	if w > maxPixels || h > maxPixels || w*h > maxPixels {
		return fault.New(fault.Invalid, fault.CodePayloadTooLarge, "The image has %d by %d pixels; at most %d million can be changed here.", w, h, maxPixels/1_000_000)
	}
	return nil
}

func copied(src image.Image) *image.NRGBA {
	b := src.Bounds()
	img := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(img, img.Bounds(), src, b.Min, draw.Src)
	return img
}

func encode(img *image.NRGBA, format string, quality int) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg", "jpg":
		if quality < 1 || quality > 100 {
			quality = 92
		}
		err = jpeg.Encode(&b, flat(img), &jpeg.Options{Quality: quality})
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	default:
		return nil, node.Errorf("Images cannot be written as %q. Set the option 'Format' to png, jpeg, gif, bmp or tiff.", format)
	}
	return b.Bytes(), err
}

// flat puts an image on white: JPEG knows no transparency.
func flat(img *image.NRGBA) image.Image {
	if img.Opaque() {
		return img
	}
	out := filled(img.Bounds().Dx(), img.Bounds().Dy(), color.NRGBA{255, 255, 255, 255})
	draw.Draw(out, out.Bounds(), img, image.Point{}, draw.Over)
	return out
}

func filled(w, h int, c color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return img
}
