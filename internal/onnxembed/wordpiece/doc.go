// Package wordpiece turns text into the token ids of BERT's uncased models:
// clean, split off ideographs, strip accents, lower case, split at white space
// and punctuation, then take the longest known piece from the left.
//
// The rules are those of BERT's reference tokenizer and of the tokenizer.json
// that comes with the model (BertNormalizer, BertPreTokenizer, WordPiece with
// words of at most 100 characters, special tokens recognised in the text).
// Tokens must be equal to the reference, not alike: one wrong token moves the
// vector. The reference tokens of 200 texts are in the testdata.
package wordpiece
