package form

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The purposes of derived tokens: the last segment of their addresses.
const (
	ForForm = "form"
	ForChat = "chat"
)

// Token derives the token of one purpose from an execution's resume token. It
// opens nothing else, and the resume token cannot be found from it.
func Token(resume, purpose string) string {
	h := hmac.New(sha256.New, []byte(resume))
	h.Write([]byte(purpose))
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// URL is the address of a waiting execution's form, made of its resume URL, which
// ends in the resume token; "" of "".
func URL(resumeURL string) string {
	at := strings.LastIndexByte(resumeURL, '/')
	if at < 0 {
		return ""
	}
	return resumeURL[:at+1] + Token(resumeURL[at+1:], ForForm) + "/" + ForForm
}
