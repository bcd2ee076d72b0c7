/** How far the inspector's pictures are enlarged and which part of them is in view: the same for all panels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is zoomed: a picture of so many pixels in a frame of the screen. */
export interface Stage {
  readonly frame: Size;
  readonly picture: Size;
  /** Screen pixels a unit of the frame. */
  readonly density: number;
}

/** Where the picture lies in its frame, in units of the frame. */
export interface Placed extends Size {
  readonly left: number;
  readonly top: number;
}

/** What a key press enlarges by. */
const keyStep = 1.5;
/** What a key press moves by, as a share of the frame. */
const panStep = 0.25;
/** The most screen pixels a picture's pixel, and the least that the whole picture can be enlarged. */
const most = 8;
/** This near the whole picture is the whole picture. */
const nearly = 0.02;

const middle: Point = { x: 0.5, y: 0.5 };

/** How much of the frame a picture takes when it is seen whole. */
function fit({ frame, picture }: Stage): number {
  return Math.min(frame.width / picture.width, frame.height / picture.height);
}

/** The centre of what is in view, so that no edge of the picture comes inside the frame where it need not. */
function held(centre: number, frame: number, length: number): number {
  if (length <= frame) return 0.5;
  const half = frame / (2 * length);
  return Math.max(half, Math.min(centre, 1 - half));
}

export class ZoomState {
  /** Enlargement of the whole picture. */
  #times = $state(1);
  /** Point of the picture that lies in the middle of the frame, as shares of its sides. */
  #centre = $state.raw<Point>(middle);
  #stage = $state.raw<Stage | null>(null);
  readonly #placed = $derived(this.#place(this.#times, this.#centre));

  /** What the screen shows; null while it shows no picture. */
  get stage(): Stage | null {
    return this.#stage;
  }
  set stage(stage: Stage | null) {
    this.#stage = stage;
  }

  get placed(): Placed {
    return this.#placed;
  }
  /** Whether it is not the whole picture that fills the frame. */
  get zoomed(): boolean {
    return this.#times !== 1;
  }
  /** Screen pixels a picture's pixel, along an edge. */
  get magnification(): number {
    const stage = this.#stage;
    return stage === null ? 1 : this.#times * fit(stage) * stage.density;
  }
  /** Whether some of the picture is out of view. */
  get movable(): boolean {
    const { frame } = this.#stage ?? { frame: { width: 0, height: 0 } };
    return this.#stage !== null && (this.#placed.width > frame.width || this.#placed.height > frame.height);
  }

  /** Enlarges by a factor (below 1: makes smaller), holding a point of the frame; whether that changed anything. */
  by(factor: number, at?: Point): boolean {
    return this.#to(this.#times * factor, at);
  }

  larger(): void {
    this.by(keyStep);
  }

  smaller(): void {
    this.by(1 / keyStep);
  }

  /** Shows the whole picture. */
  whole(): void {
    this.#times = 1;
    this.#centre = middle;
  }

  /** A pixel of the picture for a pixel of the screen. */
  actual(): void {
    if (this.#stage === null) return;
    this.#times = 1 / (fit(this.#stage) * this.#stage.density);
    this.#centre = this.#hold(this.#centre, this.#times);
  }

  /** Moves the picture by so much of the frame's units. */
  move(by: Point): void {
    const { width, height } = this.#placed;
    if (width === 0 || height === 0) return;
    this.#centre = this.#hold({ x: this.#centre.x - by.x / width, y: this.#centre.y - by.y / height }, this.#times);
  }

  /** Looks further in a direction: `{ x: 1, y: 0 }` to the right. */
  look({ x, y }: Point): void {
    const frame = this.#stage?.frame;
    if (frame !== undefined) this.move({ x: -x * panStep * frame.width, y: -y * panStep * frame.height });
  }

  #to(wanted: number, at?: Point): boolean {
    const stage = this.#stage;
    if (stage === null) return false;
    const actual = 1 / (fit(stage) * stage.density);
    const bounded = Math.max(Math.min(1, this.#times), Math.min(wanted, most * Math.max(1, actual)));
    const off = Math.abs(bounded - 1);
    const times = off < nearly && off < Math.abs(this.#times - 1) ? 1 : bounded;
    if (times === this.#times) return false;
    const { frame } = stage;
    const point = at ?? { x: frame.width / 2, y: frame.height / 2 };
    const before = this.#placed;
    const share = { x: (point.x - before.left) / before.width, y: (point.y - before.top) / before.height };
    const { width, height } = this.#place(times, middle);
    const centre = {
      x: share.x - (point.x - frame.width / 2) / width,
      y: share.y - (point.y - frame.height / 2) / height,
    };
    this.#times = times;
    this.#centre = this.#hold(centre, times);
    return true;
  }

  #hold(centre: Point, times: number): Point {
    const stage = this.#stage;
    if (stage === null) return middle;
    const { width, height } = this.#place(times, middle);
    return { x: held(centre.x, stage.frame.width, width), y: held(centre.y, stage.frame.height, height) };
  }

  #place(times: number, centre: Point): Placed {
    const stage = this.#stage;
    if (stage === null) return { left: 0, top: 0, width: 0, height: 0 };
    const { frame, picture } = stage;
    const scale = times * fit(stage);
    const [width, height] = [picture.width * scale, picture.height * scale];
    return {
      width,
      height,
      left: frame.width / 2 - held(centre.x, frame.width, width) * width,
      top: frame.height / 2 - held(centre.y, frame.height, height) * height,
    };
  }
}

/** What keys do with the zoom, by the ids of the key table. */
export const zoomActions: Readonly<Record<string, (zoom: ZoomState) => void>> = {
  'zoom-in': (zoom) => {
    zoom.larger();
  },
  'zoom-out': (zoom) => {
    zoom.smaller();
  },
  'zoom-whole': (zoom) => {
    zoom.whole();
  },
  'zoom-actual': (zoom) => {
    zoom.actual();
  },
  'look-left': (zoom) => {
    zoom.look({ x: -1, y: 0 });
  },
  'look-right': (zoom) => {
    zoom.look({ x: 1, y: 0 });
  },
  'look-up': (zoom) => {
    zoom.look({ x: 0, y: -1 });
  },
  'look-down': (zoom) => {
    zoom.look({ x: 0, y: 1 });
  },
};
