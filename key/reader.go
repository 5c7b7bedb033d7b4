package key

import (
	"bytes"
	"math/big"
)

// reader reads the big-endian, length-prefixed fields of Java's
// DataOutputStream and of OpenSSH. Every length is compared with the bytes that
// are left, so that nothing is allocated on a file's word.
type reader struct {
	left []byte
	bad  bool
}

func (r *reader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.left)) {
		r.bad = true
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *reader) uint(size int) uint64 {
	var v uint64
	for _, b := range r.bytes(uint64(size)) {
		v = v<<8 | uint64(b)
	}
	return v
}

// utf reads writeUTF. Its modified UTF-8 writes surrogates one by one, which
// becomes replacement characters here: an alias beyond the BMP is not worth more.
func (r *reader) utf() string {
	return string(bytes.ToValidUTF8(r.bytes(r.uint(2)), []byte("\ufffd")))
}

// field reads a 4-byte length and that many bytes, an SSH string (RFC 4251 5).
func (r *reader) field() []byte { return r.bytes(r.uint(4)) }

// number reads an SSH mpint of at most maxRSA bits.
func (r *reader) number() *big.Int {
	b := r.field()
	if len(b) > maxRSA/8+1 || len(b) > 0 && b[0]&0x80 != 0 {
		r.bad = true
		b = nil
	}
	return new(big.Int).SetBytes(b)
}
