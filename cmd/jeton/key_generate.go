package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/secret"
)

// keyOrder is what 'key generate' was asked for.
type keyOrder struct {
	algorithm string
	bits      int
	subject   string
	days      int
	prefix    string
	password  secret.Value
	source    string // of the password, as it was given
}

// madeKey says what 'key generate' wrote.
type madeKey struct {
	Algorithm   string    `json:"algorithm"`
	KeyFile     string    `json:"key_file"`
	Encrypted   bool      `json:"encrypted"`
	Certificate string    `json:"certificate_file"`
	JWKS        string    `json:"jwks_file"`
	KeyID       string    `json:"kid"`
	Thumbprint  string    `json:"x5t#S256"`
	NotAfter    time.Time `json:"not_after"`

	password string // as a document says it, in YAML; empty if there is none
}

func signAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

func newKeyGenerate(p *program) *cobra.Command {
	var o keyOrder
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make a key, a self-signed certificate and a JWK Set",
		Long: `Generate makes a private key and writes three files: PREFIX.key.pem, the private
key (PKCS#8, readable by its owner alone); PREFIX.cert.pem, a self-signed
certificate; and PREFIX.jwks.json, the public key as a JWK Set. The certificate or
the JWK Set is what the authorization server gets. Files that exist are never
overwritten.

With --password the private key is encrypted (PBES2: PBKDF2 with HMAC-SHA256 and
AES-256-CBC).`,
		Example: `  jeton key generate --algorithm ES256 --out netsuite
  jeton key generate --bits 3072 --out signer --password env:KEY_PASSWORD`,
		Args: noArguments,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(cmd); err != nil {
			return err
		}
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		var err error
		if o.password, err = p.readSecret(ctx, cmd, "password"); err != nil {
			return err
		}
		o.source, _ = cmd.Flags().GetString("password")
		made, err := o.make()
		if err != nil {
			return err
		}
		return p.printMade(made)
	}
	f := cmd.Flags()
	f.StringVar(&o.algorithm, "algorithm", "RS256", "signature `ALGORITHM` of the key: "+strings.Join(signAlgorithms(), ", "))
	f.IntVar(&o.bits, "bits", 2048, "size of an RSA key: 2048 to 8192")
	f.StringVar(&o.subject, "subject", "jeton", "common name in the certificate")
	f.IntVar(&o.days, "days", 365, "days that the certificate is valid")
	f.StringVar(&o.prefix, "out", "jeton", "`PREFIX`: path and beginning of the names of the files")
	f.String("password", "", "encrypt the private key; `SOURCE` of the password: "+sourceForms)
	p.formats(cmd, "text", "json")
	_ = cmd.RegisterFlagCompletionFunc("algorithm", cobra.FixedCompletions(signAlgorithms(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *keyOrder) check(cmd *cobra.Command) error {
	switch {
	case !slices.Contains(signAlgorithms(), o.algorithm):
		return usagef(cmd, "unknown algorithm; there are: %s", strings.Join(signAlgorithms(), ", "))
	case o.bits < 2048 || o.bits > 8192:
		return usagef(cmd, "flag --bits: an RSA key has 2048 to 8192 bits")
	case cmd.Flags().Changed("bits") && !o.rsa():
		return usagef(cmd, "flag --bits is for RSA: the size of %s is fixed", o.algorithm)
	case o.days < 1 || o.days > 36500:
		return usagef(cmd, "flag --days: from 1 to 36500")
	case o.prefix == "" || strings.HasSuffix(o.prefix, "/"):
		return usagef(cmd, "flag --out: the files need a name")
	case o.subject == "":
		return usagef(cmd, "flag --subject: the certificate needs a common name")
	}
	return nil
}

func (o *keyOrder) rsa() bool { return o.algorithm[0] == 'R' || o.algorithm[0] == 'P' }

// make generates the key and writes the files.
func (o *keyOrder) make() (*madeKey, error) {
	signer, err := o.generate()
	if err != nil {
		return nil, fmt.Errorf("cannot make a key: %w", err)
	}
	certificate, err := o.certify(signer)
	if err != nil {
		return nil, fmt.Errorf("cannot make a certificate: %w", err)
	}
	jwk := jose.JSONWebKey{Key: signer.Public(), Algorithm: o.algorithm, Use: "sig", Certificates: []*x509.Certificate{certificate}}
	digest, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("cannot make a JWK: %w", err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(digest)
	jwks, err := encodeJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk}})
	if err != nil {
		return nil, err
	}
	keyPEM, err := o.encodeKey(signer)
	if err != nil {
		return nil, fmt.Errorf("cannot write the key: %w", err)
	}
	sum := sha256.Sum256(certificate.Raw)
	made := &madeKey{
		Algorithm: o.algorithm, Encrypted: !o.password.IsZero(), password: documentSource(o.source),
		KeyFile: o.prefix + ".key.pem", Certificate: o.prefix + ".cert.pem", JWKS: o.prefix + ".jwks.json",
		KeyID: jwk.KeyID, Thumbprint: base64.RawURLEncoding.EncodeToString(sum[:]), NotAfter: certificate.NotAfter,
	}
	return made, writeNew([]newFile{
		{made.KeyFile, keyPEM, 0o600},
		{made.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}), 0o644},
		{made.JWKS, []byte(jwks), 0o644},
	})
}

func (o *keyOrder) generate() (crypto.Signer, error) {
	switch o.algorithm {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return rsa.GenerateKey(rand.Reader, o.bits)
}

func (o *keyOrder) certify(signer crypto.Signer) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	// Five minutes back, for servers whose clock is behind.
	begin := time.Now().UTC().Add(-5 * time.Minute).Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: o.subject},
		NotBefore:    begin, NotAfter: begin.AddDate(0, 0, o.days),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (o *keyOrder) encodeKey(signer crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, err
	}
	if o.password.IsZero() {
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	}
	sealed, err := encryptPKCS8(der, o.password)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: sealed}), nil
}

type newFile struct {
	path string
	data []byte
	mode os.FileMode
}

// writeNew writes all of the files or none, and never over one that exists.
func writeNew(files []newFile) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				_ = os.Remove(path)
			}
		}
	}()
	for _, f := range files {
		out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err != nil {
			return cannotWrite(f.path, err)
		}
		made = append(made, f.path)
		_, err = out.Write(f.data)
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return cannotWrite(f.path, err)
		}
	}
	return nil
}

func cannotWrite(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		err = errors.New("it exists already, and is never overwritten; choose another --out")
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, fmt.Sprintf("cannot write %s: %v", path, err))
}

// printMade lists the files on stdout, and on stderr what to do with them.
func (p *program) printMade(m *madeKey) error {
	text, err := encodeJSON(m)
	if err != nil {
		return err
	}
	if p.output == "text" {
		note := ""
		if m.Encrypted {
			note = " (encrypted)"
		}
		var b strings.Builder
		table(&b, "", [][]string{
			{"private key", m.KeyFile + note},
			{"certificate", m.Certificate + " (valid until " + m.NotAfter.Format(time.DateOnly) + ")"},
			{"jwk set", m.JWKS},
			{"algorithm", m.Algorithm},
			{"kid", m.KeyID},
			{"x5t#S256", m.Thumbprint},
		})
		text = b.String()
	}
	if err := p.write(text); err != nil {
		return err
	}
	m.samples(p.stderr)
	return nil
}

// samples are the two places in a document where the key may stand.
func (m *madeKey) samples(w io.Writer) {
	file := "file: " + yamlQuote(m.KeyFile)
	if m.Encrypted {
		file += ", password: " + m.password
	}
	assertion := fmt.Sprintf(`  assertion:
    key: {%s}
    algorithm: %s
    headers: {kid: %s}
`, file, m.Algorithm, yamlQuote(m.KeyID))
	fmt.Fprintf(w, `jeton: register %s or %s with the authorization server, then use the key in a connection document.

Where the key authenticates the client:

client:
  id: YOUR-CLIENT-ID
  auth: private_key_jwt
%s
Where it signs the grant:

grant:
  type: jwt_bearer
%s    issuer: YOUR-ISSUER
    subject: YOUR-SUBJECT
`, safe(m.Certificate), safe(m.JWKS), assertion, assertion)
}

// documentSource is the source that a flag names, as a document says it. What
// came from standard input gets a name to replace.
func documentSource(given string) string {
	kind, rest, _ := strings.Cut(given, ":")
	switch kind {
	case "env":
		if variableName().MatchString(rest) {
			return "{env: " + rest + "}"
		}
		return "{env: " + yamlQuote(rest) + "}"
	case "file":
		return "{file: " + yamlQuote(rest) + "}"
	case "cmd":
		argv, _ := splitCommand(rest) // it has run already
		for i := range argv {
			argv[i] = yamlQuote(argv[i])
		}
		return "{command: [" + strings.Join(argv, ", ") + "]}"
	case "-":
		return "{env: YOUR_PASSWORD_VARIABLE}"
	}
	return ""
}

// yamlQuote is a YAML scalar of any one-line text.
func yamlQuote(s string) string { return "'" + strings.ReplaceAll(safe(s), "'", "''") + "'" }
