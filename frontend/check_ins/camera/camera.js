// Shows the camera, and tells Python each code that it sees, the same one again after a while. The
// browser's own detector reads it where there is one, else jsQR, which stands before this in one file.
const AGAIN_MS = 3000, EVERY_MS = 150, WIDTH = 480;

export default function ({ parentElement, setTriggerValue, data }) {
  const video = parentElement.querySelector("video");
  const note = parentElement.querySelector("p");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const detector = "BarcodeDetector" in window ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  let stream, isGone = false, last = "", lastAt = 0;

  async function read() {
    if (detector) return (await detector.detect(video).catch(() => []))[0]?.rawValue;
    const scale = Math.min(1, WIDTH / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data: pixels, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return self.jsQR(pixels, width, height, { inversionAttempts: "dontInvert" })?.data;
  }

  async function look() {
    if (isGone) return;
    if (video.readyState >= 2) {
      const code = await read();
      const now = performance.now();
      if (code && !isGone && (code !== last || now - lastAt > AGAIN_MS)) {
        last = code;
        lastAt = now;
        setTriggerValue("code", code);
      }
    }
    setTimeout(look, EVERY_MS);
  }

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
  }

  async function open() {
    try {
      // Missing where the page is not served by https or from this machine.
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: 640 },
        audio: false,
      });
    } catch {
      note.textContent = data.without;
      return;
    }
    if (isGone) return close();
    video.srcObject = stream;
    video.play();
    look();
  }

  open();
  return () => {
    isGone = true;
    close();
  };
}
