package provider_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// workshop is a folder with the files that the examples of presets name.
type workshop struct {
	dir string
	// verifiers are what a signature verifies with, by the name of the file.
	verifiers map[string]any
}

// The words of the files that hold no key. hmac.txt is enough for HS512.
const (
	secretFile  = "golden-secret"
	hmacFile    = "a secret of sixty-four octets, which is enough for HS512: 0123456"
	hmacHexFile = "thirty-two octets, shown in hex." // as hexadecimal digits
	samlFile    = `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_golden" Version="2.0"></saml2:Assertion>`
)

// rootKeys are the keys of the golden pairs of the root package.
const rootKeys = "../testdata/golden/keys"

// newWorkshop makes the folder. Its keys are always the same, so that thumbprints are.
func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{dir: t.TempDir(), verifiers: map[string]any{"secret.txt": []byte(secretFile), "hmac.txt": []byte(hmacFile), "hmac-hex.txt": []byte(hmacHexFile)}}
	rsa := w.private(t, "rsa.pem")
	w.write(t, "rsa.pem", append(read(t, "rsa-with-certificate.pem"), '\n'))
	for name, from := range map[string]string{"ec.pem": "ec-256.pem", "ec384.pem": "ec-384.pem"} {
		public := w.private(t, from).Public()
		w.write(t, name, append(read(t, from), certificate(t, name, public, rsa)...))
		w.verifiers[name] = public
	}
	w.verifiers["rsa.pem"] = rsa.Public()
	w.write(t, "google.json", read(t, "google.json"))
	w.write(t, "box.json", read(t, "box.json"))
	w.write(t, "secret.txt", []byte(secretFile+"\n"))
	w.write(t, "hmac.txt", []byte(hmacFile+"\n"))
	w.write(t, "hmac-hex.txt", []byte(hex.EncodeToString([]byte(hmacHexFile))+"\n"))
	w.write(t, "saml.xml", []byte(samlFile+"\n"))
	part := base64.RawURLEncoding.EncodeToString
	w.write(t, "token.jwt", []byte(part([]byte(`{"alg":"RS256","kid":"foreign"}`))+"."+
		part([]byte(`{"iss":"https://issuer.example","sub":"workload","aud":"api://AzureADTokenExchange","exp":4070908800}`))+"."+part([]byte("a foreign signature"))+"\n"))
	return w
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(rootKeys, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (w *workshop) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *workshop) private(t *testing.T, name string) crypto.Signer {
	t.Helper()
	k, err := key.Parse(read(t, name), key.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return k.Signer()
}

// certificate is issued with RSA, whose signatures are always the same.
func certificate(t *testing.T, name string, public crypto.PublicKey, issuer crypto.Signer) []byte {
	t.Helper()
	subject := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, SignatureAlgorithm: x509.SHA256WithRSA,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC)}
	authority := &x509.Certificate{Subject: pkix.Name{CommonName: "Golden CA"}}
	der, err := x509.CreateCertificate(rand.Reader, subject, authority, public, issuer)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// sources reads the files of the folder and nothing else: no variable of the
// environment, and no command.
func (w *workshop) sources() jeton.Sources {
	return jeton.Sources{Dir: w.dir, ReadFile: os.ReadFile}
}

func findingsOf(err error) []jeton.Finding {
	var e *jeton.Error
	if errors.As(err, &e) {
		return e.Findings
	}
	return nil
}
