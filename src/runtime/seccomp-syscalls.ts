/**
 * Which system calls containers get: the policy of containerd's RuntimeDefault, grouped by purpose. Names that a libseccomp does
 * not know are left out by the runtime; what is in no list here is answered with ENOSYS, so that libraries fall back.
 */

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Allowed for everybody, whatever the arguments. */
export const ALLOWED = words(`
  access brk cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3
  faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat
  fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
  ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init inotify_init1
  inotify_rm_watch ioctl lchown lchown32 lgetxattr link linkat listmount listxattr listxattrat llistxattr _llseek lremovexattr
  lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 pread64
  preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename renameat
  renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64 statmount statx symlink symlinkat
  sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice
  write writev

  madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal
  msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease remap_file_pages

  adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
  clock_nanosleep_time64 getitimer
  gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
  timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times

  capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups
  getgroups32 getpgid getpgrp getpid getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit
  get_robust_list getrusage getsid get_thread_area gettid getuid getuid32 ioprio_get ioprio_set kill landlock_add_rule
  landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules lsm_set_self_attr pause pidfd_open
  pidfd_send_signal prctl prlimit64 readdir restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
  rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam
  sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
  sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp setfsgid setfsgid32 setfsuid setfsuid32
  setgid setgid32 setgroups setgroups32 setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32
  setreuid setreuid32 setrlimit set_robust_list setsid set_thread_area set_tid_address setuid setuid32 sigaction sigaltstack signal signalfd
  signalfd4 sigpending sigprocmask sigreturn sigsuspend sysinfo tgkill tkill ugetrlimit uname uretprobe vfork wait4 waitid
  waitpid

  accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
  epoll_wait_old eventfd eventfd2 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake getpeername getsockname
  getsockopt io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ipc listen mq_getsetattr
  mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd
  _newselect poll ppoll ppoll_time64 process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace recv recvfrom recvmmsg
  recvmmsg_time64 recvmsg select semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg sendto setsockopt shmat
  shmctl shmdt shmget shutdown socketcall socketpair
`);

/** Allowed on these processors only. */
export const ALLOWED_BY_ARCHITECTURE: Readonly<Record<string, string[]>> = {
  x64: words('arch_prctl modify_ldt'),
  arm64: words('arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2'),
  riscv64: words('riscv_flush_icache riscv_hwprobe'),
  s390x: words('s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr'),
  ppc64: words('swapcontext sync_file_range2'),
};

/** Allowed for a container that has one of these capabilities. */
export const ALLOWED_BY_CAPABILITY: Readonly<Record<string, string[]>> = {
  CAP_BPF: words('bpf'),
  CAP_DAC_READ_SEARCH: words('open_by_handle_at'),
  CAP_PERFMON: words('perf_event_open'),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount open_tree
    perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`),
  CAP_SYS_BOOT: words('reboot'),
  CAP_SYS_CHROOT: words('chroot'),
  CAP_SYS_MODULE: words('delete_module finit_module init_module'),
  CAP_SYS_NICE: words('get_mempolicy mbind set_mempolicy set_mempolicy_home_node'),
  CAP_SYS_PACCT: words('acct'),
  CAP_SYS_PTRACE: words('kcmp pidfd_getfd'),
  CAP_SYS_RAWIO: words('ioperm iopl'),
  CAP_SYSLOG: words('syslog'),
  CAP_SYS_TIME: words('clock_settime clock_settime64 settimeofday stime'),
  CAP_SYS_TTY_CONFIG: words('vhangup'),
};

/** Refused with EPERM to everybody: keys (containers share a session keyring), io_uring, and what only an administrator needs. */
export const REFUSED = words(`
  add_key keyctl request_key
  io_uring_enter io_uring_register io_uring_setup
  bdflush create_module get_kernel_syms kexec_file_load kexec_load migrate_pages move_pages nfsservctl
  pciconfig_iobase pciconfig_read pciconfig_write pivot_root query_module swapoff swapon _sysctl sysfs uselib userfaultfd ustat
  vm86 vm86old
`);

/** The calls on the kernel's keys. */
export const KEYRING = words('add_key keyctl request_key');
