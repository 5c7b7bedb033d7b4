package key

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 bcrypt_pbkdf of OpenSSH is made of it
)

// magicOpenSSH begins the format that ssh-keygen writes since 2014 (OpenSSH,
// PROTOCOL.key).
const magicOpenSSH = "openssh-key-v1\x00"

// openSSH reads
//
//	magic, string cipher, string kdf, string kdf options, uint32 keys,
//	string public key, string private section
//
// by itself, because x/crypto/ssh derives with as many rounds, and checks
// numbers of as many bits, as the file says.
func (p *opener) openSSH(data []byte) (*file, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magicOpenSSH))
	if !ok {
		return nil, damaged("the OpenSSH key is damaged")
	}
	r := &reader{left: rest}
	cipherName, kdf, options := string(r.field()), string(r.field()), r.field()
	count := r.uint(4)
	public, section := r.field(), r.field()
	if r.bad || count == 0 {
		return nil, damaged("the OpenSSH key is cut off or damaged")
	}
	if count > 1 {
		return nil, unsupported("write each key to a file of its own", "an OpenSSH file with %d keys is not supported", count)
	}
	pub, err := sshPublic(public)
	if err != nil {
		return nil, err
	}
	tail := r.left // the tag of an AEAD cipher
	e := entry{kind: kindPrivate, public: pub}
	e.unlock = func() (*private, error) {
		plain, err := p.openSection(cipherName, kdf, options, section, tail)
		if err != nil {
			return nil, err
		}
		return p.sshPrivate(plain)
	}
	return p.single("openssh", e), nil
}

// sshPublic reads the public key, which is never encrypted.
func sshPublic(blob []byte) (crypto.PublicKey, error) {
	r := &reader{left: blob}
	name := string(r.field())
	switch {
	case name == "ssh-rsa":
		e, n := r.number(), r.number()
		if r.bad || !e.IsInt64() || e.Int64() > 1<<31-1 {
			return nil, damaged("the public part of the OpenSSH key is damaged, or has more than %d bits", maxRSA)
		}
		return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
	case strings.HasPrefix(name, "ecdsa-sha2-nistp"):
		curve := sshCurve(string(r.field()))
		if curve == nil {
			break
		}
		pub, err := ecdsa.ParseUncompressedPublicKey(curve, r.field())
		if err != nil {
			return nil, damaged("the public part of the OpenSSH key is damaged")
		}
		return pub, nil
	case name == "ssh-ed25519":
		if b := r.field(); len(b) == ed25519.PublicKeySize {
			return ed25519.PublicKey(b), nil
		}
		return nil, damaged("the public part of the OpenSSH key is damaged")
	case strings.HasPrefix(name, "sk-"):
		return nil, unsupported("use a key that is in the file", "a key that lives in a FIDO token is not supported")
	case name == "ssh-dss":
		return nil, unsupported("use an RSA, EC or Ed25519 key", "a DSA key is not supported for signing")
	}
	return nil, unsupported("use an RSA, EC or Ed25519 key", "the OpenSSH key type %s is not supported", quote(name))
}

func sshCurve(name string) elliptic.Curve {
	switch name {
	case "nistp256":
		return elliptic.P256()
	case "nistp384":
		return elliptic.P384()
	case "nistp521":
		return elliptic.P521()
	}
	return nil
}

// openSection decrypts the private section and compares its two check words.
func (p *opener) openSection(cipherName, kdf string, options, section, tail []byte) ([]byte, error) {
	if cipherName == "none" {
		if len(section) < 8 || !bytes.Equal(section[:4], section[4:8]) {
			return nil, damaged("the OpenSSH key is damaged")
		}
		return section[8:], nil
	}
	p.budget.used = true
	c, ok := sshCiphers[cipherName]
	if !ok {
		return nil, unsupported("change it: ssh-keygen -p -Z aes256-ctr", "the OpenSSH cipher %s is not supported", quote(cipherName))
	}
	if kdf != "bcrypt" {
		return nil, unsupported("change it: ssh-keygen -p", "the OpenSSH key derivation %s is not supported", quote(kdf))
	}
	r := &reader{left: options}
	salt, rounds := r.field(), r.uint(4)
	if r.bad || rounds == 0 || len(salt) == 0 {
		return nil, damaged("the OpenSSH key is damaged")
	}
	if rounds > maxBcrypt {
		return nil, fail(Limit, "change it: ssh-keygen -p -a 16", "the file asks for %d rounds of bcrypt, %d is the most", rounds, maxBcrypt)
	}
	password := p.password()
	if password == "" {
		return nil, needsPassword("the key")
	}
	dk := bcryptKDF([]byte(password), salt, int(rounds), c.key+c.iv)
	plain := c.open(dk[:c.key], dk[c.key:], section, tail)
	if len(plain) < 8 || !bytes.Equal(plain[:4], plain[4:8]) {
		return nil, wrongPassword("the key")
	}
	return plain[8:], nil
}

// sshPrivate reads one key of the private section.
func (p *opener) sshPrivate(plain []byte) (*private, error) {
	r := &reader{left: plain}
	switch name := string(r.field()); name {
	case "ssh-rsa":
		n, e, d := r.number(), r.number(), r.number()
		r.number()
		prime1, prime2 := r.number(), r.number()
		if !r.bad {
			return p.newRSA(n, e, d, prime1, prime2, nil)
		}
	case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
		curve := sshCurve(string(r.field()))
		point, d := r.field(), r.number()
		if !r.bad && curve != nil {
			return p.newEC(curve, d.Bytes(), point)
		}
	case "ssh-ed25519":
		pub, priv := r.field(), r.field()
		if r.bad || len(priv) != ed25519.PrivateKeySize {
			break
		}
		k := ed25519.NewKeyFromSeed(priv[:ed25519.SeedSize])
		if subtle.ConstantTimeCompare(k[ed25519.SeedSize:], pub) == 1 {
			return p.newSigner(k, nil)
		}
	}
	return nil, damaged("the private section of the OpenSSH key is damaged")
}

// sshCipher is a cipher of ssh-keygen -Z.
type sshCipher struct {
	key, iv int
	open    func(key, iv, data, tail []byte) []byte // nil: does not open
}

// sshCiphers is never written.
var sshCiphers = map[string]sshCipher{
	"aes128-cbc":             {16, 16, sshCBC},
	"aes192-cbc":             {24, 16, sshCBC},
	"aes256-cbc":             {32, 16, sshCBC},
	"aes128-ctr":             {16, 16, sshCTR},
	"aes192-ctr":             {24, 16, sshCTR},
	"aes256-ctr":             {32, 16, sshCTR},
	"aes128-gcm@openssh.com": {16, 12, sshGCM},
	"aes256-gcm@openssh.com": {32, 12, sshGCM},
	"3des-cbc":               {24, 8, ssh3DES},
}

func sshCBC(key, iv, data, _ []byte) []byte { return decryptCBC(aes.NewCipher, key, iv, data) }

func ssh3DES(key, iv, data, _ []byte) []byte {
	return decryptCBC(des.NewTripleDESCipher, key, iv, data) // #nosec G405: read, never written
}

func sshCTR(key, iv, data, _ []byte) []byte {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	out := make([]byte, len(data))
	cipher.NewCTR(b, iv).XORKeyStream(out, data)
	return out
}

func sshGCM(key, iv, data, tail []byte) []byte {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	g, err := cipher.NewGCM(b)
	if err != nil {
		return nil
	}
	out, err := g.Open(nil, iv, append(bytes.Clone(data), tail...), nil)
	if err != nil {
		return nil
	}
	return out
}

// bcryptKDF is bcrypt_pbkdf of OpenBSD: PBKDF2 over bcrypt, whose output blocks
// are interleaved.
func bcryptKDF(password, salt []byte, rounds, size int) []byte {
	const blockSize = 32
	blocks := (size + blockSize - 1) / blockSize
	out := make([]byte, blocks*blockSize)
	pass := sha512.Sum512(password)
	for n := range blocks {
		s := sha512.Sum512(binary.BigEndian.AppendUint32(bytes.Clone(salt), uint32(n+1)))
		t := bcryptHash(pass[:], s[:])
		sum := t
		for range rounds - 1 {
			s = sha512.Sum512(t[:])
			t = bcryptHash(pass[:], s[:])
			subtle.XORBytes(sum[:], sum[:], t[:])
		}
		for i, b := range sum {
			out[i*blocks+n] = b
		}
	}
	return out[:size]
}

func bcryptHash(pass, salt []byte) (out [32]byte) {
	c, err := blowfish.NewSaltedCipher(pass, salt)
	if err != nil {
		return out // not with the 64 bytes of SHA-512
	}
	for range 64 {
		blowfish.ExpandKey(salt, c)
		blowfish.ExpandKey(pass, c)
	}
	copy(out[:], "OxychromaticBlowfishSwatDynamite")
	for at := 0; at < len(out); at += 8 {
		for range 64 {
			c.Encrypt(out[at:at+8], out[at:at+8])
		}
	}
	for at := 0; at < len(out); at += 4 {
		binary.LittleEndian.PutUint32(out[at:], binary.BigEndian.Uint32(out[at:]))
	}
	return out
}
