/**
 * The project's own lint rules: message grammar, plain English, names, and the boundaries between folders.
 *
 * @module
 */
import { environmentBoundary } from "./environment_boundary.ts";
import { exportedFunctionParameters } from "./exported_function_parameters.ts";
import { ffiBoundary } from "./ffi_boundary.ts";
import { fileBoundary } from "./file_boundary.ts";
import { helpGrammar } from "./help_grammar.ts";
import { messageGrammar } from "./message_grammar.ts";
import { noModuleState } from "./no_module_state.ts";
import { noTopLevelArrowFunction } from "./no_top_level_arrow_function.ts";
import { nothingAtImport } from "./nothing_at_import.ts";
import { numberUnits } from "./number_units.ts";
import { patternBoundary } from "./pattern_boundary.ts";
import { plainComments } from "./plain_comments.ts";
import { plainEnglish } from "./plain_english.ts";
import { privateField } from "./private_field.ts";
import { privateWords } from "./private_words.ts";
import { processEnd } from "./process_end.ts";

const plugin: Deno.lint.Plugin = {
  name: "lvsctl",
  rules: {
    "environment-boundary": environmentBoundary,
    "exported-function-parameters": exportedFunctionParameters,
    "ffi-boundary": ffiBoundary,
    "file-boundary": fileBoundary,
    "help-grammar": helpGrammar,
    "message-grammar": messageGrammar,
    "no-module-state": noModuleState,
    "no-top-level-arrow-function": noTopLevelArrowFunction,
    "nothing-at-import": nothingAtImport,
    "number-units": numberUnits,
    "pattern-boundary": patternBoundary,
    "plain-comments": plainComments,
    "plain-english": plainEnglish,
    "private-field": privateField,
    "private-words": privateWords,
    "process-end": processEnd,
  },
};

export default plugin;
