package textsplit

import "strings"

// Chunk is a part of a text with the lines that it was on, counted from 1.
type Chunk struct {
	Text     string
	From, To int
}

// Lines splits a text and finds the chunks in it.
func Lines(s Splitter, text string) []Chunk {
	var out []Chunk
	line := 1
	at, end := -1, 0 // where the last chunk is
	for i, chunk := range s.Split(text) {
		at = place(text, chunk, at, end)
		switch {
		case i == 0 || end < at:
			line += strings.Count(text[end:at], "\n")
		case end > at:
			line -= strings.Count(text[at:end], "\n")
		}
		n := strings.Count(chunk, "\n")
		out = append(out, Chunk{Text: chunk, From: line, To: line + n})
		line += n
		end = min(at+len(chunk), len(text))
	}
	return out
}

// place is where a chunk stands after the beginning of the last one, or just there;
// one whose white space the splitter changed, where the last one ended.
func place(text, chunk string, last, end int) int {
	for _, from := range []int{last + 1, max(last, 0)} {
		if i := strings.Index(text[min(from, len(text)):], chunk); i >= 0 {
			return min(from, len(text)) + i
		}
	}
	return end
}
