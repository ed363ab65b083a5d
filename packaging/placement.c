/*
 * Gives a position-independent executable its place in memory ahead of its start.
 *
 * Deno's executable can run at any address: at each start the dynamic loader adds the address that the kernel chose to
 * 159,000 pointers. They lie on 660 pages, which thereby become copies of the process's own, one page fault each, and
 * the table that names them has 930 pages more. Where a page fault is dear (virtual machines, User-Mode Linux), that is
 * a quarter of a short command. The launcher adds the address once, when it unpacks the runtime: the pages then come
 * from the page cache like any other, and the loader has nothing to do.
 *
 * The kernel maps such a program (ET_EXEC) where it says, not at an address drawn at each start. The address is
 * therefore drawn at random by each machine when it unpacks. Stack, heap and libraries move at each start as ever.
 *
 * Layout and names: System V ABI (Object Files, Dynamic Linking) and <elf.h>.
 */
#include "placement.h"

#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define RELATIVE R_X86_64_RELATIVE
#define INDIRECT R_X86_64_IRELATIVE
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define RELATIVE R_AARCH64_RELATIVE
#define INDIRECT R_AARCH64_IRELATIVE
#else
#define MACHINE EM_NONE
#define RELATIVE 0
#define INDIRECT 0
#endif

struct image {
  unsigned char *bytes;
  size_t size;
  uint64_t base;
  bool changes; /* false: only looks whether all of it is understood */
  Elf64_Phdr *segments;
  size_t segment_count;
  Elf64_Dyn *dynamic;
  size_t dynamic_count;
};

/* The bytes at an offset of the file; NULL if they are not all there, or not aligned. */
static void *in_file(const struct image *image, uint64_t offset, uint64_t length) {
  if (offset > image->size || length > image->size - offset || offset % sizeof(uint32_t)) return NULL;
  return image->bytes + offset;
}

/* The bytes at an address, which is still the one that the file had at first. */
static void *at_address(const struct image *image, uint64_t address, uint64_t length) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const Elf64_Phdr *segment = &image->segments[i];
    uint64_t start = segment->p_vaddr;
    if (segment->p_type != PT_LOAD || address < start || address - start > segment->p_filesz) continue;
    if (length > segment->p_filesz - (address - start)) return NULL;
    uint64_t offset = segment->p_offset + (address - start);
    if (offset > image->size || length > image->size - offset) return NULL;
    return image->bytes + offset;
  }
  return NULL;
}

static Elf64_Dyn *entry(const struct image *image, int64_t tag) {
  for (size_t i = 0; i < image->dynamic_count; i++) {
    if (image->dynamic[i].d_tag == tag) return &image->dynamic[i];
  }
  return NULL;
}

static uint64_t value(const struct image *image, int64_t tag) {
  const Elf64_Dyn *found = entry(image, tag);
  return found ? found->d_un.d_val : 0;
}

/* Pointers may stand where they are not aligned. */
static uint64_t load(const unsigned char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

static void store(unsigned char *bytes, uint64_t word) {
  memcpy(bytes, &word, sizeof word);
}

/* Reads the headers; false for anything but a position-independent program with a dynamic section. */
static bool open_image(struct image *image) {
  const Elf64_Ehdr *header = in_file(image, 0, sizeof *header);
  if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64) return false;
  if (header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_type != ET_DYN) return false;
  if (MACHINE == EM_NONE || header->e_machine != MACHINE || header->e_phentsize != sizeof(Elf64_Phdr)) return false;
  image->segment_count = header->e_phnum;
  image->segments = in_file(image, header->e_phoff, image->segment_count * sizeof(Elf64_Phdr));
  if (!image->segments) return false;

  bool has_loader = false;
  for (size_t i = 0; i < image->segment_count; i++) {
    const Elf64_Phdr *segment = &image->segments[i];
    if (segment->p_type == PT_INTERP) has_loader = true;
    if (segment->p_type != PT_DYNAMIC) continue;
    image->dynamic = in_file(image, segment->p_offset, segment->p_filesz);
    image->dynamic_count = segment->p_filesz / sizeof(Elf64_Dyn);
  }
  if (!image->dynamic || !has_loader) return false;
  size_t length = 0;
  while (length < image->dynamic_count && image->dynamic[length].d_tag != DT_NULL) length++;
  image->dynamic_count = length;
  /* Relocations in other tables than these two are not known here. */
  return !entry(image, DT_REL) && !entry(image, DT_RELR) && !entry(image, DT_TEXTREL) && entry(image, DT_RELA) &&
         value(image, DT_RELAENT) == sizeof(Elf64_Rela);
}

/* The relocations that name symbols stay, at their new addresses; the relative ones are done, and go. */
static bool relocate(const struct image *image) {
  Elf64_Dyn *size = entry(image, DT_RELASZ);
  if (!size) return false;
  size_t count = size->d_un.d_val / sizeof(Elf64_Rela);
  Elf64_Rela *table = at_address(image, value(image, DT_RELA), count * sizeof *table);
  if (!table) return false;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    Elf64_Rela relocation = table[i];
    unsigned char *target = at_address(image, relocation.r_offset, sizeof(uint64_t));
    bool is_relative = ELF64_R_TYPE(relocation.r_info) == RELATIVE;
    /* Without bytes in the file (.bss) there is nowhere to put a pointer. */
    if (!target && is_relative) return false;
    if (!image->changes) continue;
    if (is_relative) {
      store(target, (uint64_t)relocation.r_addend + image->base);
      continue;
    }
    relocation.r_offset += image->base;
    if (ELF64_R_TYPE(relocation.r_info) == INDIRECT) relocation.r_addend += (int64_t)image->base;
    table[kept++] = relocation;
  }
  if (!image->changes) return true;
  memset(table + kept, 0, (count - kept) * sizeof *table);
  size->d_un.d_val = kept * sizeof *table;
  Elf64_Dyn *relative_count = entry(image, DT_RELACOUNT);
  if (relative_count) relative_count->d_un.d_val = 0;
  return true;
}

/* The slots of functions of other libraries: each holds the address of the code that looks the function up. */
static bool relocate_calls(const struct image *image) {
  if (!entry(image, DT_JMPREL)) return true;
  if (value(image, DT_PLTREL) != DT_RELA) return false;
  size_t count = value(image, DT_PLTRELSZ) / sizeof(Elf64_Rela);
  Elf64_Rela *table = at_address(image, value(image, DT_JMPREL), count * sizeof *table);
  if (!table) return false;
  for (size_t i = 0; i < count; i++) {
    unsigned char *slot = at_address(image, table[i].r_offset, sizeof(uint64_t));
    if (!slot) return false;
    if (!image->changes) continue;
    if (load(slot)) store(slot, load(slot) + image->base);
    table[i].r_offset += image->base;
    if (ELF64_R_TYPE(table[i].r_info) == INDIRECT) table[i].r_addend += (int64_t)image->base;
  }
  return true;
}

/* How many symbols there are: only the hash table tells (GNU's, as binutils and LLVM write it). 0 if it does not. */
static size_t symbol_count(const struct image *image) {
  uint64_t address = value(image, DT_GNU_HASH);
  const uint32_t *head = at_address(image, address, 4 * sizeof *head);
  if (!head) return 0;
  uint32_t bucket_count = head[0];
  uint32_t first = head[1];
  uint64_t buckets_at = address + 4 * sizeof *head + (uint64_t)head[2] * sizeof(uint64_t);
  const uint32_t *buckets = at_address(image, buckets_at, (uint64_t)bucket_count * sizeof *buckets);
  if (!buckets) return 0;
  uint32_t last = 0;
  for (uint32_t i = 0; i < bucket_count; i++) {
    if (buckets[i] > last) last = buckets[i];
  }
  if (last < first) return first;
  /* The chain of the last bucket ends with the last symbol: with a hash whose lowest bit is set. */
  uint64_t chain = buckets_at + (uint64_t)bucket_count * sizeof(uint32_t);
  for (;; last++) {
    const uint32_t *hash = at_address(image, chain + (uint64_t)(last - first) * sizeof *hash, sizeof *hash);
    if (!hash) return 0;
    if (*hash & 1) return (size_t)last + 1;
  }
}

static bool move_symbols(const struct image *image) {
  size_t count = symbol_count(image);
  Elf64_Sym *symbols = at_address(image, value(image, DT_SYMTAB), count * sizeof *symbols);
  if (count == 0 || !symbols || value(image, DT_SYMENT) != sizeof *symbols) return false;
  if (!image->changes) return true;
  for (size_t i = 0; i < count; i++) {
    bool has_address = symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_shndx != SHN_ABS &&
                       ELF64_ST_TYPE(symbols[i].st_info) != STT_TLS;
    if (has_address) symbols[i].st_value += image->base;
  }
  return true;
}

/* Whether an entry of the dynamic section is an address. DT_DEBUG is the loader's, and empty. */
static bool is_address(int64_t tag) {
  static const int64_t tags[] = {DT_PLTGOT,     DT_HASH,       DT_STRTAB, DT_SYMTAB,   DT_RELA,     DT_INIT,    DT_FINI,
                                 DT_INIT_ARRAY, DT_FINI_ARRAY, DT_JMPREL, DT_GNU_HASH, DT_VERSYM, DT_VERNEED,
                                 DT_VERDEF,     DT_PREINIT_ARRAY};
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
    if (tags[i] == tag) return true;
  }
  return false;
}

static void move_headers(const struct image *image) {
  for (size_t i = 0; i < image->dynamic_count; i++) {
    Elf64_Dyn *item = &image->dynamic[i];
    if (is_address(item->d_tag)) item->d_un.d_ptr += image->base;
    if (item->d_tag == DT_FLAGS_1) item->d_un.d_val &= ~(uint64_t)DF_1_PIE;
  }
  for (size_t i = 0; i < image->segment_count; i++) {
    if (image->segments[i].p_type == PT_GNU_STACK) continue;
    image->segments[i].p_vaddr += image->base;
    image->segments[i].p_paddr += image->base;
  }
  Elf64_Ehdr *header = (Elf64_Ehdr *)image->bytes;
  header->e_type = ET_EXEC;
  header->e_entry += image->base;
}

bool place(unsigned char *bytes, size_t size, uint64_t base) {
  struct image image = {.bytes = bytes, .size = size, .base = base};
  if (!open_image(&image)) return false;
  if (!relocate(&image) || !relocate_calls(&image) || !move_symbols(&image)) return false;
  image.changes = true;
  /* Addresses are looked up by the headers, which therefore move last. */
  relocate(&image);
  relocate_calls(&image);
  move_symbols(&image);
  move_headers(&image);
  return true;
}
