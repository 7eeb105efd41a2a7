// Package kubelet is the part of a kubelet that kwok's stages cannot express:
// what is on each node's disk, and when each node and pod is due.
//
// What enters: nodes and pods with annotations that say how slow they are
// (package plane lists them). What leaves: Events about images in the
// kubelet's words, the images of a node's status, and one annotation,
// headstart.test/ready-at, with the instant at which kwok's stages make the
// node or pod Ready. A pod's containers start when the annotation is there,
// which is when its images are.
//
// A node pulls one image after another, as a kubelet does by default, and each
// image once: a pod whose image another pod is pulling waits for that.
//
// What it refuses to do: it writes no status of a pod, and it guesses nothing
// from an annotation it cannot read. Such a pod or node never starts, and an
// Event says why.
package kubelet
