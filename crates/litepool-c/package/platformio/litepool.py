"""litepool in PlatformIO: chooses the library for the board's processor, and the port.

In platformio.ini:

    custom_litepool_flavour = tlsf8
    custom_litepool_ports = bare_metal, newlib
    custom_litepool_target = thumbv7m-none-eabi      (only if the board does not tell)
"""

import os
import subprocess

Import("env", "projenv")  # noqa: F821: PlatformIO's

# SCons runs this in its own directory.
ROOT = os.path.dirname(os.getcwd())


def option(name, default):
    return env.GetProjectOption("custom_litepool_" + name, default)  # noqa: F821


def macros():
    """What the compiler defines with the board's flags."""
    flags = [str(flag) for flag in env.get("CCFLAGS", []) + env.get("CFLAGS", [])]  # noqa: F821
    flags = [flag for flag in flags if flag.startswith("-m")]
    command = [env.subst("$CC")] + flags + ["-dM", "-E", "-x", "c", os.devnull]  # noqa: F821
    said = subprocess.run(command, env=env["ENV"], capture_output=True, text=True)  # noqa: F821
    return {line.split()[1]: line.split(None, 2)[-1] for line in said.stdout.splitlines()}


def target(known):
    hard = "hf" if "__ARM_PCS_VFP" in known else ""
    for macro, name in (
        ("__ARM_ARCH_6M__", "thumbv6m-none-eabi"),
        ("__ARM_ARCH_8M_BASE__", "thumbv6m-none-eabi"),
        ("__ARM_ARCH_7M__", "thumbv7m-none-eabi"),
        ("__ARM_ARCH_7EM__", "thumbv7em-none-eabi" + hard),
        ("__ARM_ARCH_8M_MAIN__", "thumbv8m.main-none-eabi" + hard),
        ("__ARM_ARCH_8_1M_MAIN__", "thumbv8m.main-none-eabi" + hard),
    ):
        if macro in known:
            return name
    if known.get("__riscv_xlen") == "32" and "__riscv_compressed" in known and "__riscv_mul" in known:
        if "__riscv_float_abi_single" in known and "__riscv_atomic" in known:
            return "riscv32imafc-unknown-none-elf"
        if "__riscv_float_abi_soft" in known:
            return "riscv32imac-unknown-none-elf" if "__riscv_atomic" in known else "riscv32imc-unknown-none-elf"
    if "__x86_64__" in known and "__linux__" in known:
        return "x86_64-unknown-linux-gnu"
    if "__aarch64__" in known and "__linux__" in known:
        return "aarch64-unknown-linux-gnu"
    return None


flavour = option("flavour", "tlsf8")
chosen = option("target", None) or target(macros())
library = os.path.join(ROOT, "lib", chosen or "", flavour, "liblitepool.a")
if not chosen or not os.path.exists(library):
    raise SystemExit(
        "litepool: no library of flavour %s for %s. Set custom_litepool_target in platformio.ini to the name of a "
        "directory below %s" % (flavour, chosen or "this processor", os.path.join(ROOT, "lib"))
    )

ports = [port.strip() for port in option("ports", "").split(",") if port.strip()]
include = [os.path.join(ROOT, "include", flavour)] + [os.path.join(ROOT, "ports", port) for port in ports]
for place in (env, projenv):  # noqa: F821
    place.Prepend(CPPPATH=include)
for port in ports:
    env.BuildSources(  # noqa: F821
        os.path.join("$BUILD_DIR", "litepool", port), os.path.join(ROOT, "ports", port)
    )
projenv.Append(LIBS=[env.File(library)])  # noqa: F821
