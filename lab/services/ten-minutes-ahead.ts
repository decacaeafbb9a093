// Preloaded into a node (`node --import`): the wall clock ten minutes ahead, everything else as it was. faketime's LD_PRELOAD would
// shift the timers' clock as well, which no wrong clock of a machine does.

const aheadMs = 600_000
const RealDate = Date

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + aheadMs] : args, newTarget) as Date,
  apply: () => new RealDate(RealDate.now() + aheadMs).toString(),
  get: (target, name, receiver) =>
    name === 'now' ? () => RealDate.now() + aheadMs : Reflect.get(target, name, receiver),
})
