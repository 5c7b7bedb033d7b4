package key

const (
	oidRSA     = "1.2.840.113549.1.1.1"
	oidPSS     = "1.2.840.113549.1.1.10"
	oidEC      = "1.2.840.10045.2.1"
	oidEd25519 = "1.3.101.112"

	oidData          = "1.2.840.113549.1.7.1"
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidEncryptedData = "1.2.840.113549.1.7.6"

	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
	oidPBMAC1 = "1.2.840.113549.1.5.14"
	oidScrypt = "1.3.6.1.4.1.11591.4.11"
)

// oidNames gives the words for what is known and not supported. Never written.
var oidNames = map[string]string{
	"1.2.840.10040.4.1":       "DSA",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.113":             "Ed448",
	"1.2.840.113549.1.3.1":    "Diffie-Hellman",
	"1.2.840.10046.2.1":       "Diffie-Hellman",
	"1.2.840.113549.1.1.7":    "RSA-OAEP",
	"1.2.643.7.1.1.1.1":       "GOST R 34.10-2012",
	"1.2.643.7.1.1.1.2":       "GOST R 34.10-2012",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",

	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.132.0.33":          "P-224",
	"1.3.132.0.10":          "secp256k1",
	"1.2.156.10197.1.301":   "SM2",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.8":  "brainpoolP256t1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.12": "brainpoolP384t1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	"1.3.36.3.3.2.8.1.1.14": "brainpoolP512t1",

	"1.3.14.3.2.26":          "SHA-1",
	"2.16.840.1.101.3.4.2.4": "SHA-224",

	"1.2.840.113549.1.7.3":      "envelopedData (encrypted to a certificate)",
	"1.2.840.113549.1.7.2":      "signedData",
	"1.2.840.113549.1.12.1.1":   "RC4-128 (PKCS#12)",
	"1.2.840.113549.1.12.1.2":   "RC4-40 (PKCS#12)",
	"1.2.840.113549.1.5.1":      "MD2-DES (PBES1)",
	"1.2.840.113549.1.5.4":      "MD2-RC2 (PBES1)",
	"2.16.840.1.101.3.4.1.6":    "AES-128-GCM",
	"2.16.840.1.101.3.4.1.26":   "AES-192-GCM",
	"2.16.840.1.101.3.4.1.46":   "AES-256-GCM",
	"1.2.392.200011.61.1.1.1.2": "Camellia-128-CBC",
	"1.2.392.200011.61.1.1.1.4": "Camellia-256-CBC",
	"1.2.410.200004.1.4":        "SEED-CBC",
	"1.2.643.7.1.1.4.2":         "HMAC Streebog-512",
	"1.3.6.1.4.1.3029.1.2":      "Blowfish-CBC",
}

// oidName is the name of an algorithm, or its number.
func oidName(oid string) string {
	if n, ok := oidNames[oid]; ok {
		return n
	}
	if len(oid) > 64 {
		return "of an unknown number"
	}
	return oid
}

// keyKind is the kind of key that an OID means, with its article.
func keyKind(oid string) string {
	n := oidName(oid)
	switch n {
	case "X25519", "X448", "Ed448", "RSA-OAEP", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87":
		return "an " + n + " key"
	}
	return "a " + n + " key"
}
