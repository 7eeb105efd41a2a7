package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// disk is the images that a node has or pulls.
type disk struct {
	node string
	turn chan struct{} // held while pulling: one image after another

	mu    sync.Mutex
	pulls map[string]*pull // by image
}

// pull is an image that a node has, once it is done.
type pull struct {
	size int64 // bytes
	done chan struct{}
}

// bytesPerSecond is the network of every node; it gives an image of a certain
// pull time its size.
const bytesPerSecond = 50_000_000

func newDisk(node *corev1.Node) *disk {
	d := &disk{node: node.Name, turn: make(chan struct{}, 1), pulls: map[string]*pull{}}
	for _, image := range node.Status.Images {
		for _, name := range image.Names {
			have := &pull{size: image.SizeBytes, done: make(chan struct{})}
			close(have.done)
			d.pulls[name] = have
		}
	}
	return d
}

// claim returns the pull of an image, and whether the caller has to do it.
func (d *disk) claim(image string, size int64) (p *pull, ours bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p = d.pulls[image]; p != nil {
		return p, false
	}
	p = &pull{size: size, done: make(chan struct{})}
	d.pulls[image] = p
	return p, true
}

func (p *pull) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// bring returns when a container's image is on the node's disk. It tells of
// it as a kubelet does.
func (k *kubelets) bring(ctx context.Context, d *disk, pod *corev1.Pod, c corev1.Container, took time.Duration) error {
	about := reference(pod, "Pod", d.node)
	about.field = fmt.Sprintf("spec.containers{%s}", c.Name)
	p, ours := d.claim(c.Image, int64(took.Seconds()*bytesPerSecond))
	if p.isDone() || ours && took == 0 {
		if ours {
			close(p.done)
			k.listImages(ctx, d)
		}
		k.tell(ctx, about, normal("Pulled", "Container image %q already present on machine and can be accessed by the pod", c.Image))
		return nil
	}
	begin := time.Now()
	k.tell(ctx, about, normal("Pulling", "Pulling image %q", c.Image))
	var pulling time.Duration
	var err error
	if ours {
		pulling, err = k.fetch(ctx, d, p, took)
	} else {
		err = p.await(ctx) // the layers are there then, and nothing is left to pull
	}
	if err != nil {
		return err
	}
	k.tell(ctx, about, normal("Pulled", "Successfully pulled image %q in %v (%v including waiting). Image size: %v bytes.",
		c.Image, pulling, time.Since(begin).Truncate(time.Millisecond), p.size))
	return nil
}

// fetch pulls an image when it is its turn.
func (k *kubelets) fetch(ctx context.Context, d *disk, p *pull, took time.Duration) (time.Duration, error) {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-d.turn }()
	begin := time.Now()
	if err := wait(ctx, took); err != nil {
		return 0, err
	}
	close(p.done)
	pulling := time.Since(begin).Truncate(time.Millisecond)
	k.listImages(ctx, d)
	return pulling, nil
}

func (p *pull) await(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listImages writes what is on the disk into the node's status.
func (k *kubelets) listImages(ctx context.Context, d *disk) {
	k.insist(ctx, "list a node's images", func() error {
		d.mu.Lock()
		defer d.mu.Unlock() // until it is written: the last list must be the longest
		images := []corev1.ContainerImage{}
		for _, name := range slices.Sorted(maps.Keys(d.pulls)) {
			if p := d.pulls[name]; p.isDone() {
				images = append(images, corev1.ContainerImage{Names: []string{name}, SizeBytes: p.size})
			}
		}
		patch, err := json.Marshal(map[string]any{"status": map[string]any{"images": images}})
		if err != nil {
			return err
		}
		_, err = k.client.CoreV1().Nodes().Patch(ctx, d.node, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		return err
	})
}
