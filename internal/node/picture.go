package node

import "context"

// Pictures changes images.
type Pictures interface {
	// Info reads what kind of image a file is, from its header alone.
	Info(file []byte) (PictureInfo, error)
	// Edit does the steps, one after another, and encodes the result.
	Edit(ctx context.Context, file []byte, steps []PictureStep, out PictureOutput) ([]byte, PictureInfo, error)
}

// PictureInfo describes an image.
type PictureInfo struct {
	Format        string // png, jpeg, gif, bmp, tiff, webp
	Width, Height int    // pixels
}

// PictureStep is one change: an operation of n8n's Edit Image with its parameters.
type PictureStep struct {
	Operation string
	Number    func(name string, def float64) float64
	Text      func(name, def string) string
	Other     []byte // the second image of composite
	// Gravity is where in the image text hangs, in ImageMagick's words: northwest (also
	// for ""), north, …, center, …, southeast. Its position counts from there inwards.
	Gravity string
}

// PictureOutput is how the result is encoded.
type PictureOutput struct {
	Format  string // "": as it was
	Quality int    // of JPEG, 1 to 100; 0: 92
}
