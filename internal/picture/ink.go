package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/automatelanka/automatelanka/internal/node"
)

// drawn draws a rectangle, a circle or a line.
func drawn(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	c, err := colorOf(s.Text("color", "#ff000000"))
	if err != nil {
		return nil, err
	}
	x0, y0 := float64(whole(s, "startPositionX", 50)), float64(whole(s, "startPositionY", 50))
	x1, y1 := float64(whole(s, "endPositionX", 250)), float64(whole(s, "endPositionY", 250))
	switch primitive := s.Text("primitive", "rectangle"); primitive {
	case "rectangle":
		area := image.Rect(int(x0), int(y0), int(x1)+1, int(y1)+1)
		draw.Draw(img, area.Intersect(img.Bounds()), image.NewUniform(c), image.Point{}, draw.Over)
	case "circle": // around the start, through the end
		r := math.Hypot(x1-x0, y1-y0)
		var points [][2]float64
		for i := range 128 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 128)
			points = append(points, [2]float64{x0 + r*cos, y0 + r*sin})
		}
		fill(img, points, c)
	case "line":
		length := max(math.Hypot(x1-x0, y1-y0), 1)
		dx, dy := (y1-y0)/length/2, (x0-x1)/length/2 // half a pixel to each side
		fill(img, [][2]float64{{x0 + dx, y0 + dy}, {x1 + dx, y1 + dy}, {x1 - dx, y1 - dy}, {x0 - dx, y0 - dy}}, c)
	default:
		return nil, node.Errorf("The shape %q is not known; there are circle, line and rectangle.", primitive)
	}
	return img, nil
}

func fill(img *image.NRGBA, points [][2]float64, c color.NRGBA) {
	// The rasterizer works in its own size: what is far outside would cost without being seen.
	most := float64(4 * max(img.Bounds().Dx(), img.Bounds().Dy()))
	z := vector.NewRasterizer(img.Bounds().Dx(), img.Bounds().Dy())
	for i, p := range points {
		x, y := float32(min(max(p[0], -most), most)), float32(min(max(p[1], -most), most))
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
	z.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{})
}

// regular is the one font that there is.
var regular = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(goregular.TTF) })

const maxFont = 2000 // points

// written writes text, lines broken between words after so many letters. It hangs
// where the gravity says, as ImageMagick has it: the position counts from that edge
// or corner inwards, and from the middle to the right and down.
func written(img *image.NRGBA, s node.PictureStep) (*image.NRGBA, error) {
	c, err := colorOf(s.Text("fontColor", "#000000"))
	if err != nil {
		return nil, err
	}
	size := min(max(s.Number("fontSize", 18), 1), maxFont)
	f, err := regular()
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	defer func() { _ = face.Close() }()
	lines := wrapped(s.Text("text", ""), whole(s, "lineLength", 80))
	step := int(math.Round(size * 1.2))
	x, y := whole(s, "positionX", 50), firstLine(img, face, s, (len(lines)-1)*step)
	for i, line := range lines {
		at := fixed.P(0, y+i*step)
		if at.Y < 0 || y+i*step > img.Bounds().Dy()+int(size)*2 {
			continue
		}
		d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: at}
		d.Dot.X = lineStart(img, s.Gravity, x, d.MeasureString(line))
		d.DrawString(line)
	}
	return img, nil
}

// firstLine is the baseline of the first of lines, of which the last stands so many
// pixels below it.
func firstLine(img *image.NRGBA, face font.Face, s node.PictureStep, below int) int {
	m, y, height := face.Metrics(), whole(s, "positionY", 50), img.Bounds().Dy()
	switch {
	case strings.HasPrefix(s.Gravity, "south"):
		return height - y - below - m.Descent.Ceil()
	case s.Gravity == "" || strings.HasPrefix(s.Gravity, "north"):
		return y + m.Ascent.Ceil()
	}
	return height/2 + y - below/2 + (m.Ascent-m.Descent).Ceil()/2
}

// lineStart is where a line begins that is so wide.
func lineStart(img *image.NRGBA, gravity string, x int, wide fixed.Int26_6) fixed.Int26_6 {
	width := img.Bounds().Dx()
	switch {
	case gravity == "" || strings.HasSuffix(gravity, "west"):
		return fixed.I(x)
	case strings.HasSuffix(gravity, "east"):
		return fixed.I(width-x) - wide
	}
	return fixed.I(width/2+x) - wide/2
}

func wrapped(text string, most int) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		current := ""
		for _, word := range strings.Fields(line) {
			if current != "" && len([]rune(current))+1+len([]rune(word)) > max(most, 1) {
				out, current = append(out, current), ""
			}
			current = strings.TrimPrefix(current+" "+word, " ")
		}
		out = append(out, current)
	}
	return out
}
