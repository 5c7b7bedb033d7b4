package key

import (
	"hash"
	"unicode/utf16"
)

// candidate is one way to turn a password into octets.
type candidate struct {
	bytes []byte // for PBES2 and PBES1
	bmp   []byte // for the derivation of PKCS#12
}

// candidates are the ways in which tools encode a password, likely first. An
// empty password is either no octets at all or the terminator alone (RFC 7292
// B.1 does not say), and beyond ASCII openssl before 1.1 and Latin-1 terminals
// made other octets of the same letters.
func candidates(password string) []candidate {
	if password == "" {
		return []candidate{{nil, []byte{0, 0}}, {nil, nil}}
	}
	var bmp, perByte, latin []byte
	ascii, fits := true, true
	for _, r := range password {
		ascii = ascii && r < 0x80
		fits = fits && r < 0x100
		latin = append(latin, byte(r))
	}
	for _, u := range utf16.Encode([]rune(password)) {
		bmp = append(bmp, byte(u>>8), byte(u))
	}
	bmp = append(bmp, 0, 0)
	all := []candidate{{[]byte(password), bmp}}
	if ascii {
		return all
	}
	for i := range len(password) {
		perByte = append(perByte, 0, password[i])
	}
	perByte = append(perByte, 0, 0)
	if !fits {
		latin = []byte(password)
	}
	return append(all, candidate{latin, perByte})
}

// pkcs12KDF is RFC 7292 B.2: id is 1 for a key, 2 for an IV, 3 for a MAC key.
func pkcs12KDF(h func() hash.Hash, id byte, password, salt []byte, iterations, size int) []byte {
	d := h()
	v := d.BlockSize()
	diversifier := make([]byte, v)
	for i := range diversifier {
		diversifier[i] = id
	}
	input := append(fill(salt, v), fill(password, v)...)
	var out []byte
	for {
		d.Reset()
		d.Write(diversifier)
		d.Write(input)
		a := d.Sum(nil)
		for range iterations - 1 {
			d.Reset()
			d.Write(a)
			a = d.Sum(a[:0])
		}
		out = append(out, a...)
		if len(out) >= size {
			return out[:size]
		}
		addOne(input, fill(a, v)[:v], v)
	}
}

// fill repeats b to a multiple of v bytes; nothing stays nothing.
func fill(b []byte, v int) []byte {
	n := (len(b) + v - 1) / v * v
	out := make([]byte, n)
	for i := range out {
		out[i] = b[i%len(b)]
	}
	return out
}

// addOne adds b + 1 to every v bytes of input, as big-endian numbers.
func addOne(input, b []byte, v int) {
	for at := 0; at < len(input); at += v {
		carry := 1
		for i := v - 1; i >= 0; i-- {
			carry += int(input[at+i]) + int(b[i])
			input[at+i] = byte(carry)
			carry >>= 8
		}
	}
}
