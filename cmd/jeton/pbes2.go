package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/jeton-oauth/jeton/secret"
)

// pbkdf2Rounds is OWASP's number for HMAC-SHA256, and within the million that
// package key allows for one file.
const pbkdf2Rounds = 600_000

// The structures of RFC 5958 section 3 and RFC 8018 appendix A:
//
//	EncryptedPrivateKeyInfo { {PBES2, {kdf {PBKDF2, ...}, cipher {AES-256-CBC, iv}}}, encrypted }
type encryptedPrivateKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Encrypted []byte
}

type pbes2Params struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	PRF        pkix.AlgorithmIdentifier
}

// encryptPKCS8 seals a PKCS#8 key as openssl pkcs8 -topk8 -v2 aes256 does.
func encryptPKCS8(der []byte, password secret.Value) ([]byte, error) {
	salt, iv := make([]byte, 16), make([]byte, aes.BlockSize)
	rand.Read(salt) // never fails (Go 1.24)
	rand.Read(iv)
	derived, err := pbkdf2.Key(sha256.New, password.Reveal(), salt, pbkdf2Rounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(der)%aes.BlockSize
	sealed := append(bytes.Clone(der), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, sealed)

	kdf, err := identifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, pbkdf2Params{
		salt, pbkdf2Rounds,
		pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, Parameters: asn1.NullRawValue},
	})
	if err != nil {
		return nil, err
	}
	aes256CBC, err := identifier(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, iv)
	if err != nil {
		return nil, err
	}
	pbes2, err := identifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, pbes2Params{kdf, aes256CBC})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedPrivateKeyInfo{pbes2, sealed})
}

func identifier(oid asn1.ObjectIdentifier, params any) (pkix.AlgorithmIdentifier, error) {
	der, err := asn1.Marshal(params)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: der}}, err
}
