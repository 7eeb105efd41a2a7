package plane

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/headstart-scaler/headstart/test/cluster/plane/kubelet"
)

// startKubelet runs the kubelets' part that kwok leaves out, in this process,
// until Stop.
func (p *Plane) startKubelet(ctx context.Context) error {
	file, err := os.OpenFile(filepath.Join(p.folder, "logs", "kubelet.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create the log of kubelets: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		kubelet.Run(ctx, p.kube, slog.New(slog.NewTextHandler(file, nil)))
		_ = file.Close() // a log that ends early harms nobody
	}()
	p.stopKubelet = func() {
		cancel()
		<-done
	}
	return nil
}
