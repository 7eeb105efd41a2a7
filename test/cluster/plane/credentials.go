package plane

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/headstart-scaler/headstart/test/rig"
)

// The files of the folder certs. The first three have the names that KEDA
// looks for.
const (
	caFile         = "ca.crt"
	tlsFile        = "tls.crt"
	tlsKeyFile     = "tls.key"
	frontCAFile    = "front-ca.crt"
	frontFile      = "front.crt"
	frontKeyFile   = "front.key"
	accountKeyFile = "accounts.key" // signs the tokens of service accounts
	tokensFile     = "tokens.csv"
)

// writeCredentials writes what the programs know one another by: one
// certificate for everything that serves, and one for the API server where it
// stands before KEDA's adapter.
// token is that of everybody here: it has all rights.
func writeCredentials(folder, token string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("make the folder of certificates: %w", err)
	}
	ca, err := rig.MakeAuthority("cluster")
	if err != nil {
		return err
	}
	serving, err := ca.Sign("localhost", "keda-operator.keda.svc", "keda-operator.keda.svc.cluster.local", "keda-metrics-apiserver.keda.svc", "10.0.0.1")
	if err != nil {
		return err
	}
	accounts, err := ca.Sign("accounts") // its key alone is used
	if err != nil {
		return err
	}
	frontCA, err := rig.MakeAuthority("front-proxy-ca")
	if err != nil {
		return err
	}
	front, err := frontCA.Sign(frontProxy)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		caFile: ca.PEM, tlsFile: serving.Cert, tlsKeyFile: serving.Key,
		frontCAFile: frontCA.PEM, frontFile: front.Cert, frontKeyFile: front.Key,
		accountKeyFile: accounts.Key, tokensFile: token + ",admin,admin,system:masters\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write credentials: %w", err)
		}
	}
	return nil
}
