package wordpiece

import "unicode"

// dropped reports whether BERT's cleaning removes r: the replacement character,
// and all "other" characters (control, format, private, surrogate, unassigned)
// but tab and line ends, which are white space.
func dropped(r rune) bool {
	if r == 0 || r == unicode.ReplacementChar {
		return true
	}
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}

// ideograph reports whether r is in the blocks that BERT splits into single
// characters (CJK ideographs, not kana or hangul).
func ideograph(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4DBF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF:
		return true
	}
	return r >= 0x20000 && r <= 0x2A6DF || r >= 0x2A700 && r <= 0x2CEAF || r >= 0x2F800 && r <= 0x2FA1F
}

// punctuation reports whether BERT splits at r: Unicode's punctuation, and all
// of ASCII's that is neither letter nor digit, also $, + and the like.
func punctuation(r rune) bool {
	if r < 0x80 {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	return unicode.IsPunct(r)
}
