/** What this engine process runs graphs on: CUDA where it was wished for and works, else the processor, for as long as it lives. */

import type { ErrorData } from '../../shared/errors.js';
import type { ProviderInfo, ProviderWish } from '../../shared/provider.js';
import type { CreateSession } from '../onnx/runner.js';
import { type CudaState, cudaState } from './cuda-state.js';
import { faultOf } from './probe.js';
import { chooseProvider, cudaFault, processorBecause } from './provider.js';
import { cudaSessions, type SessionOptions, sessionsOn, type SessionTarget } from './session.js';

/** Makes sessions; opened once a process by {@link engineDevice}. */
export interface Device {
  /** What graphs are to be fused for. */
  readonly target: SessionTarget;
  readonly provider: ProviderInfo;
  /** @param threads of ONNX Runtime for what runs on the processor; 0 for one a core. */
  readonly sessions: (threads: number, options?: SessionOptions) => CreateSession;
}

/** Hears what graphs run on and, where that is not what a person may expect, what to tell them. */
export type TellProvider = (provider: ProviderInfo, notice: ErrorData | null) => void;

/** What opening a device asks of the machine. */
export interface Machine {
  readonly look: () => CudaState;
  readonly createCuda: CreateSession;
}

function deviceOn(target: SessionTarget, provider: ProviderInfo): Device {
  return { target, provider, sessions: (threads, options) => sessionsOn(target, threads, options) };
}

/** What ONNX Runtime says, without its function names. */
function reasonIn(message: string): string {
  const [first = ''] = message.split('\n');
  return `ONNX Runtime cannot use it (${first.replace(/^.*?OrtSessionOptionsAppendExecutionProvider_Cuda: /, '')}).`;
}

function noticeOf({ note }: ProviderInfo): ErrorData {
  const hint =
    'The model runs on the processor. `npm run cuda` tells what CUDA needs; choose CPU as the provider to end this notice.';
  return { code: 'PROVIDER_UNAVAILABLE', message: note, hint };
}

/**
 * Opens what the wish allows. Where CUDA is chosen, a tiny graph is run there first: libraries of a wrong version or a driver
 * that is too old show only then, and the processor takes over. It is told once what it came to, with a notice when CUDA was
 * asked for or seemed to be there.
 */
export async function openDevice(
  wish: ProviderWish,
  tell: TellProvider,
  { look, createCuda }: Machine = { look: cudaState, createCuda: cudaSessions() },
): Promise<Device> {
  const choice = chooseProvider(wish, look);
  if (choice.name === 'CPU') {
    tell(choice, wish === 'cuda' ? noticeOf(choice) : null);
    return deviceOn('cpu', choice);
  }
  const message = await faultOf(createCuda);
  if (message === null) {
    const works: ProviderInfo = { name: 'CUDA', note: '' };
    tell(works, null);
    return deviceOn('cuda', works);
  }
  const instead = processorBecause(cudaFault(look()) ?? reasonIn(message));
  tell(instead, noticeOf(instead));
  return deviceOn('cpu', instead);
}

let wished: { readonly wish: ProviderWish; readonly tell: TellProvider } = { wish: 'cpu', tell: () => undefined };
let opened: Promise<Device> | undefined;

/** Says what the device of this process is to be; before it is opened. Without this it is the processor. */
export function wishForDevice(wish: ProviderWish, tell: TellProvider): void {
  wished = { wish, tell };
}

/** The device of this process, opened when first asked for. */
export function engineDevice(): Promise<Device> {
  opened ??= openDevice(wished.wish, wished.tell);
  return opened;
}
