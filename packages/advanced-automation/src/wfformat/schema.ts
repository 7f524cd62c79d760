import * as z from "zod";

const id = z.string().min(1).max(1_000);
const bytes = z.number().min(0);

const specificationTask = z.looseObject({
  id,
  name: z.string().min(1).max(1_000),
  parents: z.array(id).max(100_000),
  children: z.array(id).max(100_000),
  inputFiles: z.array(id).optional(),
  outputFiles: z.array(id).optional(),
});

const executionTask = z.looseObject({
  id,
  runtimeInSeconds: z.number().min(0),
  command: z.looseObject({ program: z.string().min(1).optional() }).optional(),
  coreCount: z.number().min(0).optional(),
  avgCPU: z.number().min(0).optional(),
  memoryInBytes: bytes.optional(),
  readBytes: bytes.optional(),
  writtenBytes: bytes.optional(),
});

/**
 * What an import reads of WfFormat 1.5 and 1.6 (github.com/wfcommons/WfFormat, wfcommons-schema.json); other keys of the format
 * are let through. Stricter than the format in one point: the measured times are needed.
 */
export const wfformatSchema = z.looseObject({
  name: z.string().min(1),
  schemaVersion: z.enum(["1.5", "1.6"]),
  workflow: z.looseObject({
    specification: z.looseObject({
      tasks: z.array(specificationTask).min(1).max(100_000),
      files: z.array(z.looseObject({ id, sizeInBytes: bytes })).optional(),
    }),
    execution: z.looseObject({ tasks: z.array(executionTask).min(1).max(100_000) }),
  }),
});

/** An instance: the recorded execution of a workflow. */
export type WfInstance = z.output<typeof wfformatSchema>;
export type SpecificationTask = z.output<typeof specificationTask>;
export type ExecutionTask = z.output<typeof executionTask>;
