package wordpiece

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the length in characters from which a word is [UNK] (tokenizer.json,
// max_input_chars_per_word).
const maxWord = 100

// special are the tokens that are recognised when they stand in the text.
var special = []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}

// Tokenizer makes token ids. It is safe for concurrent use.
type Tokenizer struct {
	vocab *vocab
	limit int
}

// New makes a tokenizer of the text of a vocab.txt. Its results have at most
// limit ids, [CLS] and [SEP] included; limit is at least 2.
func New(vocabulary string, limit int) (*Tokenizer, error) {
	v, err := parseVocab(vocabulary)
	if err != nil {
		return nil, err
	}
	return &Tokenizer{vocab: v, limit: max(limit, 2)}, nil
}

// Words returns the pieces that begin a word, in the order of the vocabulary
// (about that of frequency in English text). The caller must not change it.
func (t *Tokenizer) Words() []string { return t.vocab.lines }

// Encode returns the ids of text between [CLS] and [SEP], cut to the limit. It
// reads no more of a long text than it needs.
func (t *Tokenizer) Encode(text string) []int64 {
	e := encoder{vocab: t.vocab, room: t.limit - 1, ids: make([]int64, 1, min(t.limit, 4+len(text)/3))}
	e.ids[0] = int64(t.vocab.class)
	for text != "" && !e.full() {
		at, token := nextSpecial(text)
		e.plain(text[:at])
		if token != "" && !e.full() {
			id, _ := t.vocab.whole(token) // 0 in a vocabulary without it
			e.ids = append(e.ids, int64(id))
		}
		text = text[at+len(token):]
	}
	ids := e.ids[:min(len(e.ids), e.room)]
	return append(ids, int64(t.vocab.separator))
}

// nextSpecial finds the first special token; without one it is at the end and empty.
func nextSpecial(text string) (int, string) {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '[')
		if i < 0 {
			return len(text), ""
		}
		from += i
		for _, s := range special {
			if strings.HasPrefix(text[from:], s) {
				return from, s
			}
		}
		from++
	}
}

// encoder collects the ids of one text.
type encoder struct {
	vocab *vocab
	room  int // ids before [SEP]
	ids   []int64
	word  []byte // characters since the last break, not yet normalised
	plus  []byte // scratch of the normalisation
}

func (e *encoder) full() bool { return len(e.ids) >= e.room }

// plain takes text without special tokens: white space and ideographs break it,
// control characters vanish.
func (e *encoder) plain(text string) {
	for _, r := range text {
		if e.full() {
			e.word = e.word[:0]
			return
		}
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			e.word = append(e.word, byte(r))
		case dropped(r):
		case unicode.IsSpace(r):
			e.flush()
		case ideograph(r):
			e.flush()
			e.word = utf8.AppendRune(e.word, r)
			e.flush()
		default:
			e.word = utf8.AppendRune(e.word, r)
		}
	}
	e.flush()
}

// flush normalises what was collected, splits it at punctuation and looks the
// words up.
func (e *encoder) flush() {
	if len(e.word) == 0 {
		return
	}
	word := e.normalise(e.word)
	e.word = e.word[:0]
	start, chars := 0, 0
	for i, r := range word {
		if !punctuation(r) {
			chars++
			continue
		}
		e.lookUp(word[start:i], chars)
		start, chars = i+utf8.RuneLen(r), 0
		e.lookUp(word[i:start], 1)
	}
	e.lookUp(word[start:], chars)
}

func (e *encoder) lookUp(word string, chars int) {
	switch {
	case word == "" || e.full():
	case chars > maxWord:
		e.ids = append(e.ids, int64(e.vocab.unknown))
	default:
		e.ids = e.vocab.pieces(e.ids, word)
	}
}

// normalise takes accents off (canonical decomposition without nonspacing
// marks) and lowers the case.
func (e *encoder) normalise(word []byte) string {
	ascii := true
	for i, c := range word {
		if c >= utf8.RuneSelf {
			ascii = false
			break
		}
		if c >= 'A' && c <= 'Z' {
			word[i] = c + 'a' - 'A'
		}
	}
	if ascii {
		return string(word)
	}
	e.plus = norm.NFD.Append(e.plus[:0], word...)
	out := make([]byte, 0, len(e.plus))
	for _, r := range string(e.plus) {
		if !unicode.Is(unicode.Mn, r) {
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	return string(out)
}
