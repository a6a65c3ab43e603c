package code

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// A frame is a kind, the length of the rest as four bytes, and JSON.
type frameKind byte

// The kinds of frames. The child says hello once; then the parent sends jobs, and
// the child answers each with logs, questions and in the end the outcomes.
const (
	frameHello    frameKind = 'H'
	frameJob      frameKind = 'J'
	frameLog      frameKind = 'L'
	frameQuestion frameKind = 'Q'
	frameReply    frameKind = 'R'
	frameDone     frameKind = 'D'
)

// maxFrame bounds one frame, in bytes; what code returns may not be larger.
const maxFrame = 48 << 20

type frameTooLarge int

func (n frameTooLarge) Error() string { return fmt.Sprintf("a frame of %d bytes", int(n)) }

// writeFrame sends one frame; w is flushed.
func writeFrame(w *bufio.Writer, kind frameKind, payload []byte) error {
	if len(payload) > maxFrame {
		return frameTooLarge(len(payload))
	}
	head := [5]byte{byte(kind)}
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	if _, err := w.Write(payload); err != nil {
		return err
	}
	return w.Flush()
}

// readFrame reads one frame. The length is believed only up to maxFrame.
func readFrame(r *bufio.Reader) (frameKind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint32(head[1:]))
	if n > maxFrame {
		return 0, nil, frameTooLarge(n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(r, payload)
	return frameKind(head[0]), payload, err
}
