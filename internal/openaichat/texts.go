package openaichat

// Texts returns the tokens of texts that a model embeds: exactly for OpenAI's
// models, otherwise an upper bound, as Prompt does. An empty text counts one.
func (c *Counter) Texts(model string, texts []string) int64 {
	enc := c.encoding(model)
	n := 0
	for _, t := range texts {
		n += max(count(enc, t), 1)
	}
	return int64(n)
}

// Pieces returns the tokens of a text as OpenAI's cl100k_base cuts it. Together
// they are the text; one may end inside a character. Runs of one class of
// characters that are too long to merge are cut into single bytes.
func (c *Counter) Pieces(text string) []string {
	enc := c.encoding("text-embedding-3-small")
	if enc == nil || len(text) > longText {
		return bytesOf(nil, text)
	}
	var out []string
	for start := 0; start < len(text); {
		end := plainStretch(text, start)
		if end == start {
			end = runEnd(text, start)
			out = bytesOf(out, text[start:end])
		} else {
			for _, token := range enc.EncodeOrdinary(text[start:end]) {
				out = append(out, enc.Decode([]int{token}))
			}
		}
		start = end
	}
	return out
}

func bytesOf(out []string, s string) []string {
	for i := range len(s) {
		out = append(out, s[i:i+1])
	}
	return out
}
